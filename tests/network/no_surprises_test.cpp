// SPDX-License-Identifier: BSD-3-Clause
// A forward pass allocates nothing, and gives the same bits whatever the workspace held, run to run and on
// any thread.
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <limits>
#include <thread>
#include <unistd.h>
#include <vector>

#include <doctest/doctest.h>
#include <sys/wait.h>

#include "../counted_allocations.hpp"
#include "filled.hpp"
#include "plait/models/augshufflenet.hpp"
#include "plait/models/shufflenet_v2.hpp"
#include "plait/network/workspace_pool.hpp"

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

TEST_CASE("a pool has as many workspaces as are taken at once") {
    struct counted {
        int used = 0;
    };
    workspace_pool<counted> pool(1);
    CHECK(pool.size() == 1);
    {
        const auto first = pool.take();
        CHECK(pool.size() == 1);
        first->used = 7;
        const auto second = pool.take();
        CHECK(pool.size() == 2);
        CHECK(second.get() != first.get());
    }
    CHECK(pool.take()->used == 7);  // the one that was given back last
    CHECK(pool.size() == 2);

    std::atomic<int> alone{0};
    std::vector<std::thread> crew;
    for (int i = 0; i < 4; ++i) {
        crew.emplace_back([&pool, &alone, i] {
            for (int turn = 0; turn < 1000; ++turn) {
                const auto mine = pool.take();
                mine->used = i;
                alone += mine->used == i;
            }
        });
    }
    for (std::thread& t : crew) t.join();
    CHECK(alone == 4000);
    CHECK(pool.size() <= 4);
}

TEST_CASE("a model that has no weights does not run, unless they were said to be zero") {
    using net = network<shape{1, 1, 1}, linear{.out = 2}>;
    static net::workspace scratch;
    const tensor<float, net::input> one{{1}};
    CHECK(model<net>::zeros()(one, scratch)[0] == 0);

    model<net> given;
    const pid_t child = fork();
    if (child == 0) {
        (void)std::freopen("/dev/null", "w", stderr);
        std::signal(SIGABRT, SIG_DFL);
        _exit(given(one, scratch)[0] == 0 ? 0 : 1);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == SIGABRT);

    const float weights[]{2, 3}, bias[]{1, 1};
    given.set_weights(0, weights, bias);
    CHECK(given(one, scratch)[1] == 4);
}

TEST_CASE("one model serves several threads, each with its own workspace") {
    check_threads<aug_shuffle_net>();
    check_threads<shuffle_net>();
}
