// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

/**
 * Transfers that the holder signs and anybody submits, after https://eips.ethereum.org/EIPS/eip-3009.
 *
 * OpenZeppelin's own takes only sequential nonces or a second clock in the times, which the deployed USDC does not have;
 * what is tested on the local chain has to be refused and accepted as it would be there.
 */
abstract contract EIP3009 is ERC20, EIP712 {
    bytes32 public constant TRANSFER_WITH_AUTHORIZATION_TYPEHASH = keccak256(
        "TransferWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
    );
    bytes32 public constant RECEIVE_WITH_AUTHORIZATION_TYPEHASH = keccak256(
        "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
    );
    bytes32 public constant CANCEL_AUTHORIZATION_TYPEHASH =
        keccak256("CancelAuthorization(address authorizer,bytes32 nonce)");

    mapping(address authorizer => mapping(bytes32 nonce => bool)) private _isSpent;

    event AuthorizationUsed(address indexed authorizer, bytes32 indexed nonce);
    event AuthorizationCanceled(address indexed authorizer, bytes32 indexed nonce);

    error AuthorizationNotYetValid(uint256 validAfter);
    error AuthorizationExpired(uint256 validBefore);
    error AuthorizationUsedOrCanceled(address authorizer, bytes32 nonce);
    error AuthorizationSignerInvalid(address signer, address authorizer);
    error CallerNotPayee(address caller, address payee);

    /** True once the nonce was used or canceled; which of the two, the events say. */
    function authorizationState(address authorizer, bytes32 nonce) external view returns (bool) {
        return _isSpent[authorizer][nonce];
    }

    /** Valid strictly between the two times, in seconds. Whoever sees the signature can submit it, to `to` only. */
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
    ) external {
        bytes32 content = keccak256(
            abi.encode(TRANSFER_WITH_AUTHORIZATION_TYPEHASH, from, to, value, validAfter, validBefore, nonce)
        );
        _requireTime(validAfter, validBefore);
        _spend(from, nonce, content, v, r, s);
        emit AuthorizationUsed(from, nonce);
        _transfer(from, to, value);
    }

    /** As transferWithAuthorization, but only the payee submits it: a contract that acts on it cannot be run past. */
    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external {
        if (to != msg.sender) revert CallerNotPayee(msg.sender, to);
        bytes32 content = keccak256(
            abi.encode(RECEIVE_WITH_AUTHORIZATION_TYPEHASH, from, to, value, validAfter, validBefore, nonce)
        );
        _requireTime(validAfter, validBefore);
        _spend(from, nonce, content, v, r, s);
        emit AuthorizationUsed(from, nonce);
        _transfer(from, to, value);
    }

    /** Spends the nonce without a transfer. A used one cannot be canceled. */
    function cancelAuthorization(address authorizer, bytes32 nonce, uint8 v, bytes32 r, bytes32 s) external {
        _spend(authorizer, nonce, keccak256(abi.encode(CANCEL_AUTHORIZATION_TYPEHASH, authorizer, nonce)), v, r, s);
        emit AuthorizationCanceled(authorizer, nonce);
    }

    function _requireTime(uint256 validAfter, uint256 validBefore) private view {
        if (block.timestamp <= validAfter) revert AuthorizationNotYetValid(validAfter);
        if (block.timestamp >= validBefore) revert AuthorizationExpired(validBefore);
    }

    function _spend(address authorizer, bytes32 nonce, bytes32 content, uint8 v, bytes32 r, bytes32 s) private {
        if (_isSpent[authorizer][nonce]) revert AuthorizationUsedOrCanceled(authorizer, nonce);
        address signer = ECDSA.recover(_hashTypedDataV4(content), v, r, s);
        if (signer != authorizer) revert AuthorizationSignerInvalid(signer, authorizer);
        _isSpent[authorizer][nonce] = true;
    }
}
