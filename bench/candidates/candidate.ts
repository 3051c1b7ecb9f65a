import type { Construct } from 'constructs';

/** What is compared. Each is a file of this folder that loads nothing of the others. */
export const CANDIDATES = ['this-library', 'upsert-slr', 'aws-custom-resource', 'native'] as const;
export type Candidate = typeof CANDIDATES[number];

export const TITLES: Readonly<Record<Candidate, string>> = {
  'this-library': 'this library',
  'upsert-slr': 'upsert-slr',
  'aws-custom-resource': 'AwsCustomResource',
  'native': 'CfnServiceLinkedRole',
};

export interface DeclareProps {
  readonly description?: string;
  /** Requests the deletion of a role that the stack created, if the candidate has a way to. */
  readonly destroy?: boolean;
}

/** Declares the role. Returns what names the role in an output, if the candidate has such an attribute. */
export type Declare = (scope: Construct, props?: DeclareProps) => string | undefined;
