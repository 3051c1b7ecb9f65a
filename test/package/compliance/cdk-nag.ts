import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as cdk from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as nag from 'cdk-nag';
import type { IConstruct } from 'constructs';

/** A version of cdk-nag. */
interface CdkNag {
  /** The findings of a pack: its name and the rule's, and the path of the resource. */
  findings(stack: cdk.Stack, pack: string): { readonly rule: string; readonly path: string }[];
  acknowledge(scope: IConstruct, rule: string, reason: string): void;
}

/** The class of a pack. */
function classOf<Pack>(pack: string): new (app?: IConstruct) => Pack {
  return (nag as unknown as Record<string, new (app?: IConstruct) => Pack>)[`${pack.replaceAll('.', '')}Checks`];
}

/** Version 2 is an aspect. */
const ANNOTATING: CdkNag = {
  findings(stack, pack) {
    cdk.Aspects.of(stack).add(new (classOf<nag.NagPack>(pack))());
    const annotations = Annotations.fromStack(stack);
    return [...annotations.findError('*', Match.anyValue()), ...annotations.findWarning('*', Match.anyValue())]
      .map(({ id, entry }) => ({ rule: (entry.data as string).split(':')[0], path: id.slice(1) }));
  },
  acknowledge(scope, rule, reason) {
    nag.NagSuppressions.addResourceSuppressions(scope, [{ id: rule.replace(/\[.*/, ''), reason }], true);
  },
};

interface Validations {
  addPlugins(plugin: unknown): void;
  acknowledge(acknowledgement: { readonly id: string; readonly reason: string }): void;
}
const { Validations: ValidationsOf } = cdk as unknown as { readonly Validations: { of(scope: IConstruct): Validations } };

interface Report {
  readonly pluginReports: readonly {
    readonly violations: readonly { readonly ruleName: string; readonly violatingConstructs: readonly { readonly constructPath: string }[] }[];
  }[];
}

/** Version 3 is a validation plugin of a newer aws-cdk-lib. The types here are those of the older versions. */
const VALIDATING: CdkNag = {
  findings(stack, pack) {
    const app = stack.node.root as cdk.App;
    ValidationsOf.of(app).addPlugins(new (classOf(pack))(app));
    const consoleError = jest.spyOn(console, 'error').mockImplementation();
    try {
      app.synth();
    } catch (error) {
      expect((error as Error).message).toContain('validation-report.json');
    } finally {
      consoleError.mockRestore();
    }
    const { pluginReports } = JSON.parse(readFileSync(join(app.outdir, 'validation-report.json'), 'utf8')) as Report;
    return pluginReports.flatMap(({ violations }) => violations)
      .flatMap(({ ruleName, violatingConstructs }) => violatingConstructs.map(({ constructPath }) => ({ rule: ruleName, path: constructPath })));
  },
  acknowledge(scope, rule, reason) {
    ValidationsOf.of(scope).acknowledge({ id: rule, reason });
  },
};

/** The installed version: 2, or 3 in `npx projen test:newest`. */
export const CDK_NAG = 'NagSuppressions' in nag ? ANNOTATING : VALIDATING;
