// SPDX-License-Identifier: BSD-3-Clause
// 11. Train a network of your own from scratch.
//
// The type that runs is the type that learns. Here it learns to tell discs, squares, crosses and rings, which
// are drawn as they are needed, on all cores. The result does not depend on how many there are.

#include <algorithm>
#include <cstdio>
#include <memory>
#include <thread>
#include <vector>

#include "drawn_shapes.hpp"
#include "plait/io/picture_tensor.hpp"
#include "plait/plait.hpp"
#include "plait/train/schedule.hpp"
#include "plait/train/trainer.hpp"

using net = plait::network<plait::shape{.channels = 3, .height = 24, .width = 24},  //
                           plait::conv{.out = 16, .kernel = 3, .stride = 2},        //
                           plait::shuffle_down{.out = 48},                          //
                           plait::aug_shuffle{.split = {3, 8}},                     //
                           plait::global_average_pool{}, plait::linear{.out = 4}>;

using trainer = plait::trainer<net, plait::training{.batch = 64}>;
static_assert(trainer::memory_bytes < 20'000'000);  // known before the program runs, and taken once

plait::picture draw(int label, plait::random_numbers& random) {
    return examples::draw_shape(static_cast<examples::drawn_shape>(label), net::input.width, random);
}

int main() {
    const int cores = static_cast<int>(std::thread::hardware_concurrency());
    trainer learning(1, std::clamp(cores, 1, 4));
    const plait::schedule rates{.rate = 0.1, .steps = 400, .warm_up = 20};
    std::vector<int> labels(64);
    for (long long i = 0; i < rates.steps; ++i) {
        for (int n = 0; n < 64; ++n) labels[static_cast<std::size_t>(n)] = n % 4;
        const auto put = [&](int n, const auto& to) {
            plait::random_numbers random(static_cast<std::uint64_t>(64 * i + n));
            plait::put(draw(n % 4, random), to);
        };
        const double loss = learning.step(put, labels, rates.rate_at(i));
        if (!learning.problem().empty()) return std::fprintf(stderr, "%s\n", learning.problem().c_str()), 1;
        if ((i + 1) % 100 == 0) std::printf("step %lld: loss %.3f\n", i + 1, loss);
    }

    const plait::model<net> model = learning.model();  // norms are folded: it runs like any other
    const auto scratch = std::make_unique<net::workspace>();
    plait::random_numbers random(~0ULL);
    int right = 0;
    for (int n = 0; n < 1000; ++n) {
        plait::put(draw(n % 4, random), model.input(*scratch));
        model.run(*scratch);
        const auto logits = plait::to_tensor(model.output(*scratch));
        right += std::ranges::max_element(logits) - logits.begin() == n % 4;
    }
    std::printf("%d of 1000 new pictures are right\n", right);
    return right >= 900 ? 0 : 1;
}
