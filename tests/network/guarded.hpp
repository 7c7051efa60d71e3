// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstring>

#include <doctest/doctest.h>

#include "../guarded_memory.hpp"
#include "filled.hpp"

// Runs networks with picture, workspace and output each between pages that nobody may touch.

namespace guarded {

using plait::layout_policy;

template <class Network, layout_policy Policy = layout_policy{}>
void check() {
    using model_type = plait::model<Network, Policy>;
    using workspace = typename model_type::workspace;
    using picture = typename model_type::input_tensor;
    using output = typename model_type::output_tensor;
    constexpr std::size_t output_bytes = sizeof(float) * static_cast<std::size_t>(output::size());

    INFO("input " << Network::input.channels << " x " << Network::input.height << " x "
                  << Network::input.width << ", parameters " << Network::parameters);
    model_type network;
    fill_weights(network);
    const auto scratch = std::make_unique<workspace>();
    const auto input = std::make_unique<picture>();
    fill_picture(*input);
    const output expected = network(*input, *scratch);
    network.input(*scratch).copy(*input);
    network.run(*scratch);
    CHECK(plait::to_tensor(network.output(*scratch)) == expected);

    for (const auto side : {guarded_memory::flush::with_begin, guarded_memory::flush::with_end}) {
        const guarded_memory of_workspace(sizeof(workspace), side);
        const guarded_memory of_picture(sizeof(picture), side);
        const guarded_memory of_output(sizeof(output), side);
        auto* guarded_scratch = new (of_workspace.begin()) workspace;
        auto* guarded_picture = new (of_picture.begin()) picture(*input);
        const auto* found = new (of_output.begin()) output(network(*guarded_picture, *guarded_scratch));
        CHECK(std::memcmp(found->data(), expected.data(), output_bytes) == 0);
    }
}

}  // namespace guarded
