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

namespace {

struct gated {
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        return g.multiply(x, g.input({x.count, 1, 1}));
    }
};

}  // namespace

TEST_CASE("several inputs of several pictures") {
    using model_type = model<network<shape{3, 8, 8}, conv{.out = 12, .kernel = 3}, gated{}, conv{.out = 40},
                                     global_average_pool{}, linear{.out = 5}>>;
    model_type m;
    fill_weights(m);
    const auto scratch = std::make_unique<model_type::batch_workspace>();
    std::vector<model_type::input_tensors> pictures(6);
    std::vector<model_type::output_tensor> logits(6);
    for (unsigned i = 0; i < 6; ++i) {
        fill_picture(std::get<0>(pictures[i]), i);
        fill_picture(std::get<1>(pictures[i]), 100 + i);
    }
    REQUIRE(m.forward(pictures, logits, *scratch));
    for (unsigned i = 0; i < 6; ++i) {
        CHECK(logits[i] == m(pictures[i], scratch->one));
        m.input<0>(scratch->one).copy(std::get<0>(pictures[i]));
        m.input<1>(scratch->one).copy(std::get<1>(pictures[i]));
        m.run(scratch->one);
        CHECK(logits[i] == to_tensor(m.output(scratch->one)));
    }
    CHECK_FALSE(logits[0] == logits[1]);
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
