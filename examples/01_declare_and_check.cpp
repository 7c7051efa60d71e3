// SPDX-License-Identifier: BSD-3-Clause
// 1. Declare a network and check what it costs.
//
// In Plait a network is a type. Its declaration is the list of its blocks, and no size is written twice:
// every block works out its input from the block before. What follows from the declaration, such as shapes,
// parameters, multiply-adds and memory, is a constant that can be asserted before the program has ever run.

#include <cstdio>

#include "plait/plait.hpp"

// A small network for 32 x 32 pictures, with the units of AugShuffleNet (arXiv 2203.06589).
template <int Classes>
using tiny = plait::network<plait::shape{.channels = 3, .height = 32, .width = 32},
                            plait::conv{.out = 32, .kernel = 3},                    // 0
                            plait::shuffle_down{.out = 64},                         // 1
                            plait::repeat<3, plait::aug_shuffle{.split = {3, 8}}>,  // 2
                            plait::global_average_pool{},                           // 3
                            plait::linear{.out = Classes}>;                         // 4

// Say what you counted on. If somebody widens the network one day, the build says which promise broke.
static_assert(tiny<10>::parameters < 20'000);
static_assert(tiny<10>::macs < 6'000'000);
static_assert(tiny<10>::layer<1>::output == plait::shape{.channels = 64, .height = 16, .width = 16});
static_assert(tiny<10>::output == plait::shape{.channels = 10, .height = 1, .width = 1});

// A network that cannot be is refused: 60 channels have no three eighths. A search over widths can ask
// before; a program that goes on is told by a type that reads like a sentence. Uncomment the last line to see
// what the compiler makes of it.
using impossible = plait::network<plait::shape{.channels = 60, .height = 16, .width = 16},
                                  plait::aug_shuffle{.split = {3, 8}}>;
static_assert(!plait::is_accepted<impossible>);
// constexpr long long nothing = impossible::parameters;

int main() {
    using net = tiny<10>;
    std::printf("tiny has %lld parameters and makes %lld multiply-adds in %lld bytes of workspace.\n",
                net::parameters, net::macs, net::workspace_bytes);

    // A model is the network with weights: here they are all zero, since nothing has been loaded. A workspace
    // is all the memory that a forward pass touches besides: it may be a global, a member, or on the heap,
    // one for each thread. Stacks are small, and maps are not.
    const auto model = plait::model<net>::zeros();
    static net::workspace scratch;

    static const plait::tensor<float, net::input> black{};  // zeros
    const plait::tensor<float, net::output> logits = model(black, scratch);

    std::printf("Without weights it has no opinion:");
    for (const float logit : logits) std::printf(" %g", double{logit});
    std::printf("\n");
}
