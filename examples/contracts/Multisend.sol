// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

interface IEIP3009 {
    function transferWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;
}

/**
 * Pays many in one transaction: all of them, or nobody. It has no owner and keeps nothing between transactions, so that
 * there is nothing in it to steal; it only ever takes from who calls it, or as a signature says.
 */
contract Multisend {
    using SafeERC20 for IERC20;

    struct Payment {
        address to;
        uint256 value;
    }

    struct Authorization {
        address from;
        address to;
        uint256 value;
        uint256 validAfter;
        uint256 validBefore;
        bytes32 nonce;
        uint8 v;
        bytes32 r;
        bytes32 s;
    }

    error NativePaymentFailed(uint256 index, address to);
    error NativeValueMismatch(uint256 given, uint256 paid);
    error TokenLeftOver(uint256 value);

    /** From the caller to each payee, by the caller's allowance: the Transfer events name the caller as sender. */
    function sendToken(IERC20 token, Payment[] calldata payments) external {
        for (uint256 i = 0; i < payments.length; i++) {
            token.safeTransferFrom(msg.sender, payments[i].to, payments[i].value);
        }
    }

    /**
     * Takes the sum once and pays from this contract's own balance, which saves an allowance's write for each payee. The
     * Transfer events name this contract as sender. A token that delivers less than it takes fails here.
     */
    function sendTokenPooled(IERC20 token, Payment[] calldata payments) external {
        uint256 before = token.balanceOf(address(this));
        uint256 total = 0;
        for (uint256 i = 0; i < payments.length; i++) total += payments[i].value;
        token.safeTransferFrom(msg.sender, address(this), total);
        for (uint256 i = 0; i < payments.length; i++) token.safeTransfer(payments[i].to, payments[i].value);
        // Tokens that somebody sent here by mistake must not make up for what a fee took.
        uint256 left = token.balanceOf(address(this));
        if (left != before) revert TokenLeftOver(left);
    }

    /** The value of the call must be exactly the sum. A payee that is a contract gets all remaining gas. */
    function sendNative(Payment[] calldata payments) external payable {
        uint256 paid = 0;
        for (uint256 i = 0; i < payments.length; i++) {
            paid += payments[i].value;
            (bool isPaid, ) = payments[i].to.call{value: payments[i].value}("");
            if (!isPaid) revert NativePaymentFailed(i, payments[i].to);
        }
        if (paid != msg.value) revert NativeValueMismatch(msg.value, paid);
    }

    /** Sweeps: each holder has signed where its tokens go, and needs no coin of its own to pay for the gas. */
    function sendAuthorized(IEIP3009 token, Authorization[] calldata authorizations) external {
        for (uint256 i = 0; i < authorizations.length; i++) {
            Authorization calldata one = authorizations[i];
            token.transferWithAuthorization(
                one.from,
                one.to,
                one.value,
                one.validAfter,
                one.validBefore,
                one.nonce,
                one.v,
                one.r,
                one.s
            );
        }
    }
}
