import type { CommandLane } from '../../../platform/commandLane.ts';
import type { SetApprovalPolicyCommand } from '../commands/gates/setApprovalPolicy.ts';
import type { GateLoaders } from '../loaders/gates.ts';

/** What resolvers of approvals and reviews work with, new for each request. */
export interface GatesContext {
  readonly policyLane: CommandLane<SetApprovalPolicyCommand>;
  readonly loaders: GateLoaders;
}
