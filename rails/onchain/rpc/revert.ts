import type { RpcError } from './endpointFault.ts';

/** What geth and others give a revert that has data. */
const REVERT_CODE = 3;
/** A call that ran and failed, or that could never run for what its sender has: the same on every node. */
const REVERTED =
  /revert|invalid opcode|invalid jump|stack (under|over)flow|out of gas|gas required exceeds|insufficient (funds|balance)|execution (error|failed)|bad instruction|vm execution error|transfer amount exceeds|OutOfFunds/i;

/** True when the contract refused, and not the node. */
export function isRevert({ code, message }: RpcError): boolean {
  return code === REVERT_CODE || REVERTED.test(message);
}
