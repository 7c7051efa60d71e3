// SPDX-License-Identifier: BSD-3-Clause
#include "plait/train/trainer.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <vector>

#include <doctest/doctest.h>

#include "plait/models/augshufflenet.hpp"
#include "plait/train/schedule.hpp"

using namespace plait;

namespace {

using net = network<shape{3, 8, 8}, conv{.out = 12, .kernel = 3}, shuffle_down{.out = 24},
                    aug_shuffle{.split = {1, 2}}, global_average_pool{}, linear{.out = 3}>;

/// Pictures of three classes, each brighter in another channel.
template <class Trainer>
std::vector<int> put_pictures(Trainer& learning, int pictures, random_numbers& random) {
    std::vector<int> labels;
    for (int n = 0; n < pictures; ++n) {
        labels.push_back(random.below(3));
        const auto to = learning.input(n);
        for (int c = 0; c < 3; ++c)
            for (int y = 0; y < 8; ++y)
                to.row(c, y, [&](int) {
                    return static_cast<float>(random.uniform(0, 1) + (c == labels.back() ? 0.5 : 0));
                });
    }
    return labels;
}

template <int Threads>
std::vector<float> trained() {
    trainer<net, training{.batch = 13, .threads = Threads}> learning(3);
    random_numbers random(4);
    for (int i = 0; i < 5; ++i) learning.step(put_pictures(learning, i == 3 ? 2 : 13, random), 0.1);
    const auto parameters = learning.parameters();
    return {parameters.begin(), parameters.end()};
}

}  // namespace

TEST_CASE("the parameters are the same bits with any number of threads") {
    const std::vector<float> one = trained<1>();
    for (const auto& others : {trained<2>(), trained<4>(), trained<1>()})
        CHECK(std::memcmp(one.data(), others.data(), one.size() * sizeof(float)) == 0);
}

TEST_CASE("what is learnt is a model that runs") {
    trainer<net, training{.batch = 32, .optimiser = {.momentum = 0.8}}> learning(1);
    static_assert(decltype(learning)::memory_bytes < 3'000'000);
    random_numbers random(2);
    const schedule rates{.rate = 0.05, .steps = 60, .warm_up = 5};
    double loss = 0;
    for (int i = 0; i < 60; ++i) loss = learning.step(put_pictures(learning, 32, random), rates.rate_at(i));
    CHECK(loss < 0.3);

    const model<net> m = learning.model();
    const auto scratch = std::make_unique<net::workspace>();
    const std::vector<int> labels = put_pictures(learning, 32, random);
    int right = 0;
    for (int n = 0; n < 32; ++n) {
        for (int c = 0; c < 3; ++c)
            for (int y = 0; y < 8; ++y)
                m.input(*scratch).row(c, y, learning.run_of(net::written.input, c) + n * 64 + y * 8);
        m.run(*scratch);
        const auto logits = to_tensor(m.output(*scratch));
        right += std::max_element(logits.begin(), logits.end()) - logits.begin() ==
                 labels[static_cast<std::size_t>(n)];
    }
    CHECK(right >= 30);
}

TEST_CASE("rates") {
    CHECK(schedule{.rate = 0.2, .steps = 100}.rate_at(50) == doctest::Approx(0.1));
    CHECK(schedule{.rate = 0.2, .steps = 100, .warm_up = 10}.rate_at(4) == doctest::Approx(0.1));
    CHECK(schedule{.by = schedule::form::linear, .rate = 0.2, .steps = 100}.rate_at(75) ==
          doctest::Approx(0.05));
    CHECK(schedule{.by = schedule::form::steps, .rate = 1, .steps = 100, .every = 30}.rate_at(60) ==
          doctest::Approx(0.01));
    CHECK(schedule{.by = schedule::form::one_cycle, .rate = 1, .steps = 100}.rate_at(30) ==
          doctest::Approx(1));
}
