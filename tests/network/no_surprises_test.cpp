// SPDX-License-Identifier: BSD-3-Clause
// A forward pass allocates nothing, and gives the same bits whatever the workspace held, run to run and on
// any thread.
#include <atomic>
#include <cstring>
#include <limits>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "../counted_allocations.hpp"
#include "filled.hpp"
#include "plait/models/augshufflenet.hpp"
#include "plait/models/shufflenet_v2.hpp"

using namespace plait;

namespace {

template <class Tensor>
bool same_bits(const Tensor& a, const Tensor& b) {
    return std::memcmp(a.data(), b.data(), sizeof(float) * static_cast<std::size_t>(a.size())) == 0;
}

template <class Network>
struct setting {
    setting() {
        fill_weights(network);
        fill_picture(*picture);
    }

    model<Network> network;
    std::unique_ptr<tensor<float, Network::input>> picture =
        std::make_unique<tensor<float, Network::input>>();
    std::unique_ptr<typename Network::workspace> scratch = std::make_unique<typename Network::workspace>();
};

template <class Network>
void check_allocations() {
    setting<Network> s;
    const long long before = allocations;
    const auto logits = s.network(*s.picture, *s.scratch);
    const auto all = s.network.all_outputs(*s.picture, *s.scratch);
    const long long after = allocations;
    CHECK(after == before);
    CHECK(same_bits(logits, std::get<0>(all)));
}

template <class Network>
void check_garbage() {
    setting<Network> s;
    const auto expected = s.network(*s.picture, *s.scratch);
    CHECK(same_bits(s.network(*s.picture, *s.scratch), expected));
    constexpr float infinity = std::numeric_limits<float>::infinity();
    for (float garbage : {0.0F, 1e30F, -1e30F, infinity, std::numeric_limits<float>::quiet_NaN()}) {
        INFO("workspace full of " << garbage);
        std::fill_n(s.scratch->data(), Network::workspace_bytes / 4, garbage);
        CHECK(same_bits(s.network(*s.picture, *s.scratch), expected));
    }
}

template <class Network>
void check_threads() {
    constexpr int threads = 4;
    constexpr int runs = 20;
    const setting<Network> s;
    const auto expected = s.network(*s.picture, *s.scratch);
    std::atomic<int> equal{0};
    std::vector<std::thread> crew;
    for (int i = 0; i < threads; ++i) {
        crew.emplace_back([&] {
            auto scratch = std::make_unique<typename Network::workspace>();
            for (int run = 0; run < runs; ++run)
                equal += same_bits(s.network(*s.picture, *scratch), expected);
        });
    }
    for (std::thread& t : crew) t.join();
    CHECK(equal == threads * runs);
}

using aug_shuffle_net = augshufflenet_x0_5<10>;
using shuffle_net = shufflenet_v2_cifar_x0_5<10>;

}  // namespace

TEST_CASE("a forward pass makes no allocation") {
    const long long before = allocations;
    (void)std::make_unique<int>(1);
    REQUIRE(allocations == before + 1);
    check_allocations<aug_shuffle_net>();
    check_allocations<shuffle_net>();
}

TEST_CASE("what the workspace held before does not matter") {
    check_garbage<aug_shuffle_net>();
    check_garbage<shuffle_net>();
}

TEST_CASE("one model serves several threads, each with its own workspace") {
    check_threads<aug_shuffle_net>();
    check_threads<shuffle_net>();
}
