// SPDX-License-Identifier: BSD-3-Clause
#include <vector>

#include <doctest/doctest.h>

#include "filled.hpp"
#include "plait/blocks/blocks.hpp"

using namespace plait;

namespace {

/// Batches of every size up to more than two rounds give the bits that pictures give one by one.
template <class Network>
void check_batches() {
    model<Network> m;
    fill_weights(m);
    const auto scratch = std::make_unique<typename model<Network>::batch_workspace>();
    for (const std::size_t count : {0U, 1U, 2U, 3U, 4U, 5U, 8U, 11U}) {
        std::vector<tensor<float, Network::input>> pictures(count);
        std::vector<tensor<float, Network::output>> logits(count);
        for (std::size_t i = 0; i < count; ++i) fill_picture(pictures[i], static_cast<unsigned>(i));
        const auto done = m.forward(pictures, logits, *scratch);
        REQUIRE_MESSAGE(done, done.error());
        for (std::size_t i = 0; i < count; ++i) CHECK(logits[i] == m(pictures[i], scratch->one));
    }
}

}  // namespace

TEST_CASE("a head, a pool and a classifier wait for the batch") {
    check_batches<network<shape{3, 8, 8}, conv{.out = 12, .kernel = 3}, shuffle_down{.out = 24},
                          aug_shuffle{.split = {1, 2}}, shuffle_down{.out = 40}, conv{.out = 70},
                          global_average_pool{}, linear{.out = 21}>>();
}

TEST_CASE("networks whose end is something else") {
    check_batches<network<shape{3, 8, 8}, conv{.out = 12, .kernel = 3}>>();
    check_batches<network<shape{8, 1, 1}, linear{.out = 3}>>();
    check_batches<network<shape{6, 9, 7}, conv{.out = 20}, global_average_pool{}>>();
    check_batches<network<shape{6, 4, 4}, channel_shuffle{.groups = 2}, global_average_pool{},
                          channel_shuffle{.groups = 3}, linear{.out = 18}, channel_shuffle{.groups = 2}>>();
    check_batches<network<shape{6, 4, 4}, also_output, conv{.out = 8}, global_average_pool{}>>();
}

TEST_CASE("pictures without a place for their logits are refused") {
    using net = network<shape{1, 1, 1}, linear{.out = 1}>;
    const auto m = model<net>::zeros();
    model<net>::batch_workspace scratch;
    std::vector<model<net>::input_tensor> pictures(3);
    std::vector<model<net>::output_tensor> logits(2);
    const auto done = m.forward(pictures, logits, scratch);
    REQUIRE_FALSE(done);
    CHECK(done.error() == "3 pictures have 2 places for their logits, where as many were expected");
}
