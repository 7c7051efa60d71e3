// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <limits>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "../agreement.hpp"
#include "plait/network/model.hpp"
#include "reference.hpp"

// Holds a network's forward pass against the references.

namespace comparison {

using namespace plait;

/// Of the largest value: fp32 against double over a few layers.
inline constexpr double tolerance = 2e-5;

inline constexpr layout_policy by_default{};
inline constexpr layout_policy planes_only{.groups_below_pixels = 0};
inline constexpr layout_policy groups_below_64{.groups_below_pixels = 64};
inline constexpr layout_policy groups_everywhere{.groups_below_pixels = 1 << 20};

template <class Network>
std::string name() {
    const shape in = Network::input;
    return std::to_string(in.channels) + " x " + std::to_string(in.height) + " x " + std::to_string(in.width);
}

/// A model with random weights, a random picture, and a workspace full of what is not a number.
template <class Network, layout_policy Policy>
struct trial {
    using model_type = model<Network, Policy>;

    explicit trial(unsigned seed)
        : weights(reference::random_weights(Network::calls.ops, Network::sizes.ops, seed)),
          picture(reference::random_picture(Network::input, seed + 1)) {
        [&]<int... Index>(std::integer_sequence<int, Index...>) {
            (further.push_back(
                 reference::random_picture(Network::template input_shape<Index + 1>, seed + 2 + Index)),
             ...);
        }
        (std::make_integer_sequence<int, Network::input_count - 1>{});
        for (int i = 0; i < Network::sizes.ops; ++i) {
            const auto& layer = weights[static_cast<std::size_t>(i)];
            if (!layer.weights.empty()) network.set_weights(i, layer.weights.data(), layer.bias.data());
        }
        if constexpr (Network::input_count == 1) {
            reference::copy(picture, input->data());
        } else {
            auto next = further.begin();
            std::apply(
                [&](auto& first, auto&... others) {
                    reference::copy(picture, first.data());
                    (reference::copy(*next++, others.data()), ...);
                },
                *input);
        }
        for (float& value : scratch->values) value = std::numeric_limits<float>::quiet_NaN();
    }

    std::vector<reference::layer_weights> weights;
    reference::map picture;
    std::vector<reference::map> further;
    model_type network;
    std::unique_ptr<typename model_type::input_tensor> input =
        std::make_unique<typename model_type::input_tensor>();
    std::unique_ptr<typename model_type::workspace> scratch =
        std::make_unique<typename model_type::workspace>();
};

/// Every output of the network against the calls, one by one.
template <class Network, layout_policy Policy = by_default>
void check(unsigned seed = 1) {
    INFO("input " << name<Network>() << ", groups below " << Policy.groups_below_pixels << " pixels");
    trial<Network, Policy> t(seed);
    const reference::run expected(reference::calls(Network::calls), t.weights, t.picture, t.further);
    const auto outputs = t.network.all_outputs(*t.input, *t.scratch);
    int index = 0;
    const auto compare = [&](const auto& found) {
        INFO("output " << index);
        check_agreement(found, reference::values(expected.get(Network::calls.outputs[index])), tolerance,
                        reference::least_largest);
        ++index;
    };
    std::apply([&](const auto&... found) { (compare(found), ...); }, outputs);
    CHECK(index == Network::sizes.outputs);
}

template <class Network>
void check_all_policies(unsigned seed = 1) {
    check<Network, by_default>(seed);
    check<Network, planes_only>(seed);
    check<Network, groups_below_64>(seed);
    check<Network, groups_everywhere>(seed);
}

/// The network's last output against what a paper's unit makes of the same picture and weights.
template <class Network, layout_policy Policy = by_default, class Unit>
void check_against(Unit unit, unsigned seed = 1) {
    INFO("input " << name<Network>() << ", groups below " << Policy.groups_below_pixels << " pixels");
    trial<Network, Policy> t(seed);
    reference::weight_source source(t.weights);
    const reference::map expected = unit(t.picture, source);
    const auto found = t.network(*t.input, *t.scratch);
    REQUIRE(Network::output == shape{expected.count(), expected.height, expected.width});
    check_agreement(found, reference::values(expected), tolerance, reference::least_largest);
}

// Over awkward sizes: one and a few pixels, around one, two and several vectors, square and not.

template <class Check>
void for_even_sizes(Check check) {
    check.template operator()<2, 2>();
    check.template operator()<4, 2>();
    check.template operator()<2, 14>();
    check.template operator()<6, 10>();
    check.template operator()<8, 8>();
    check.template operator()<14, 16>();
    check.template operator()<16, 30>();
    check.template operator()<28, 28>();
    check.template operator()<34, 18>();
}

template <class Check>
void for_sizes(Check check) {
    check.template operator()<1, 1>();
    check.template operator()<7, 1>();
    check.template operator()<1, 5>();
    check.template operator()<2, 2>();
    check.template operator()<5, 3>();
    check.template operator()<4, 4>();
    check.template operator()<7, 7>();
    check.template operator()<3, 8>();
    check.template operator()<8, 8>();
    check.template operator()<10, 9>();
    check.template operator()<13, 14>();
    check.template operator()<14, 15>();
    check.template operator()<16, 16>();
    check.template operator()<5, 17>();
    check.template operator()<17, 28>();
    check.template operator()<30, 30>();
    check.template operator()<6, 33>();
    check.template operator()<33, 2>();
}

}  // namespace comparison
