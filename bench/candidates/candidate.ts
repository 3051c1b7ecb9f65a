import type { Construct } from 'constructs';

/** What is compared, each with its title. Each is a file of this folder that loads nothing of the others. */
export const TITLES = {
  'this-library': 'this library',
  'upsert-slr': 'upsert-slr',
  'aws-custom-resource': 'AwsCustomResource',
  'native': 'CfnServiceLinkedRole',
};
export type Candidate = keyof typeof TITLES;
export const CANDIDATES = Object.keys(TITLES) as Candidate[];

export interface DeclareProps {
  readonly description?: string;
  /** Requests the deletion of a role that the stack created, if the candidate has a way to. */
  readonly destroy?: boolean;
}

/** Declares the role. Returns what names the role in an output, if the candidate has such an attribute. */
export type Declare = (scope: Construct, props?: DeclareProps) => string | undefined;
