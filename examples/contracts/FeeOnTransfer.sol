// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/**
 * A hostile token for tests: of each transfer 1 % goes to the collector, so that who sends 100 delivers 99. Whoever
 * credits what the sender named instead of what arrived is out of pocket.
 */
contract FeeOnTransfer is ERC20 {
    uint256 private constant FEE_DIVISOR = 100;

    address public immutable collector;

    constructor(address collector_, uint256 supply) ERC20("Fee On Transfer", "FEE") {
        collector = collector_;
        _mint(msg.sender, supply);
    }

    function decimals() public pure override returns (uint8) {
        return 6;
    }

    function _update(address from, address to, uint256 value) internal override {
        // Minting and burning are free, as they are in tokens of this kind.
        uint256 fee = from == address(0) || to == address(0) ? 0 : value / FEE_DIVISOR;
        super._update(from, to, value - fee);
        if (fee > 0) super._update(from, collector, fee);
    }
}
