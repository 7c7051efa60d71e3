// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "answers.hpp"
#include "plait/io/cifar.hpp"
#include "plait/io/picture_reader.hpp"
#include "plait/io/picture_writer.hpp"
#include "plait/network/memory_map.hpp"
#include "plait/plait.hpp"

// The same in every unit that includes it, and each unit's own: only the library's definitions are shared.

namespace {

using classifier =
    plait::network<plait::shape{3, 8, 8}, plait::conv{.out = 8, .kernel = 3}, plait::shuffle_down{.out = 16},
                   plait::aug_shuffle{.split = {1, 2}}, plait::global_average_pool{}, plait::linear{4}>;
using branching =
    plait::network<plait::shape{2, 6, 6}, plait::depthwise{}, plait::also_output,
                   plait::parallel<plait::chain<>, plait::max_pool{.stride = 1}>, plait::softmax{}>;

template <class Network>
void add_forward_pass(answers& found) {
    plait::model<Network> model;
    for (int i = 0; i < Network::sizes.ops; ++i) {
        const plait::op& o = Network::calls.ops[i];
        if (!o.has_weights()) continue;
        const std::vector<float> weights(static_cast<std::size_t>(o.weights()),
                                         .01F * static_cast<float>(i + 1));
        const std::vector<float> bias(static_cast<std::size_t>(o.out.count), .1F);
        model.set_weights(i, weights.data(), bias.data());
    }
    plait::tensor<float, Network::input> picture;
    for (int i = 0; i < picture.size(); ++i) picture[i] = .125F * static_cast<float>(i % 9 - 4);
    typename Network::workspace scratch;
    const auto result = model(picture, scratch);
    found.values.insert(found.values.end(), result.begin(), result.end());
    found.texts.push_back(plait::plan_table(plait::blueprint_of<Network>()));
    found.places.push_back(&Network::calls);
    found.places.push_back(&plait::planned<Network>::where);
}

answers use_everything() {
    answers found;
    add_forward_pass<classifier>(found);
    add_forward_pass<branching>(found);
    found.texts.push_back(plait::load<plait::augshufflenet_x0_5<10>>("there is no such file").error());
    found.texts.push_back(plait::decode_picture({}, "nothing").error());
    found.texts.push_back(plait::read_cifar_test("there is no such folder").error());
    found.texts.push_back(plait::refusals::an_even_kernel_has_no_middle.text);
    found.texts.push_back(plait::native_target);
    found.places.push_back(reinterpret_cast<const void*>(plait::decode_picture));
    found.places.push_back(&plait::native_lanes);
    return found;
}

}  // namespace
