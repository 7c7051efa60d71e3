// SPDX-License-Identifier: BSD-3-Clause
// Two processes with half a batch each: one step's gradients, loss and statistics are those of the whole
// batch.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <span>
#include <vector>

#include "plait/blocks/blocks.hpp"
#include "plait/train/mpi.hpp"
#include "plait/train/trainer.hpp"

namespace {

using net =
    plait::network<plait::shape{3, 8, 8}, plait::conv{.out = 12, .kernel = 3}, plait::shuffle_down{.out = 24},
                   plait::aug_shuffle{.split = {1, 2}}, plait::conv{.out = 16, .after = plait::affine::bias},
                   plait::batch_norm{}, plait::global_average_pool{}, plait::linear{.out = 3}>;

constexpr int pictures = 16;
using trainer = plait::trainer<net, plait::training{.batch = pictures, .threads = 2}>;

/// The pictures from `first` on.
std::vector<int> put(trainer& learning, int first, int count) {
    std::vector<int> labels;
    for (int n = 0; n < count; ++n) {
        plait::random_numbers random(static_cast<std::uint64_t>(first + n));
        labels.push_back(random.below(3));
        const auto to = learning.input(n);
        for (int c = 0; c < 3; ++c)
            for (int y = 0; y < 8; ++y)
                to.row(c, y, [&](int) { return static_cast<float>(random.uniform()); });
    }
    return labels;
}

/// Whether all values are the same to 1e-5 of the largest.
bool agree(const char* what, std::span<const float> found, std::span<const float> expected) {
    float largest = 1e-6F;
    float worst = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        largest = std::max(largest, std::abs(expected[i]));
        const float off = std::abs(found[i] - expected[i]);
        worst = off <= worst ? worst : off;
    }
    std::printf("%s: off by %.2g of the largest\n", what, static_cast<double>(worst / largest));
    return worst <= 1e-5F * largest;
}

}  // namespace

int main(int argc, char** argv) {
    int provided = 0;
    MPI_Init_thread(&argc, &argv, MPI_THREAD_SERIALIZED, &provided);
    bool right = provided >= MPI_THREAD_SERIALIZED;
    {
        plait::mpi_collective others;
        const int share = pictures / others.size();
        trainer alone(3);
        trainer together(3);
        together.join(others);
        for (int step = 0; step < 3; ++step) {
            const double expected = alone.step(put(alone, 0, pictures), 0.05);
            const double loss = together.step(put(together, share * others.rank(), share), 0.05);
            right = right && std::abs(loss - expected) <= 1e-5 * expected;
            if (step == 0) right = agree("gradients", together.gradients(), alone.gradients()) && right;
            if (step == 0) right = agree("parameters", together.parameters(), alone.parameters()) && right;
        }
        right = right && together.problem().empty() && others.size() > 1;
    }
    MPI_Finalize();
    return right ? 0 : 1;
}
