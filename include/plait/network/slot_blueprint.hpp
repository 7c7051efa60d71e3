// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/network/blueprint.hpp"
#include "plait/network/slot_executor.hpp"

namespace plait::inline PLAIT_TARGET::detail {

/// Of a network that is not in fp32: the plan of its slots, and its steps as its blocks wrote them.
template <precision Precision, class Network, name... InFloats, layout_policy Policy>
struct blueprint_maker<network_in<Precision, Network, InFloats...>, Policy> {
    static blueprint make() {
        using net = network_in<Precision, Network, InFloats...>;
        blueprint b = blueprint_maker<network_of_slots<net>, layout_policy{slots_in_planes}>::make();
        b.input = net::packs.slots.input;
        for (int i = 0; i < net::packs.slots.sizes.ops; ++i) {
            const packed_step& step = net::packs.steps[i];
            op written;
            if (step.is_conversion()) {
                written.kind = op_kind::on_packs;
                written.in = written.out = step.logical;
                const int call = step.call < net::sizes.ops ? step.call : net::sizes.ops - 1;
                written.block = net::calls.ops[call].block;
            } else {
                written = net::calls.ops[step.call];
            }
            b.as_written.push_back(written);
        }
        const blueprint in_floats = blueprint_maker<Network, layout_policy{}>::make();
        b.blocks = in_floats.blocks;
        b.parameters = Network::parameters;
        b.macs = Network::macs;
        return b;
    }
};

}  // namespace plait::inline PLAIT_TARGET::detail
