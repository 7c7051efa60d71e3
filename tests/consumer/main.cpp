// SPDX-License-Identifier: BSD-3-Clause
// A program of somebody else's: classifies a black picture with weights from a file and with the same weights
// in the program, tries another file that has none, and asks a network that was compiled for every processor
// which instruction set it takes.
#include <algorithm>
#include <cstdio>

#include "inside.hpp"
#include "plait/plait.hpp"
#include "tiny_any_cpu.hpp"

using net = plait::augshufflenet_x0_5<10>;
static_assert(net::macs == 10'198'144 && net::parameters == 330'862);

static net::workspace scratch;

int main(int argument_count, char** arguments) {
    if (argument_count != 2) {
        std::fputs("usage: consumer WEIGHTS\n", stderr);
        return 2;
    }
    const auto model = plait::load<net>(arguments[1]);
    if (!model) {
        std::fprintf(stderr, "%s\n", model.error().c_str());
        return 2;
    }
    const plait::tensor<float, net::input> black{};
    const plait::tensor<float, net::output> logits = (*model)(black, scratch);
    for (const float logit : logits) {
        std::printf("%g\n", static_cast<double>(logit));
    }

    const auto refused = plait::load<net>(arguments[0]);  // this program
    if (refused) return 1;
    std::printf("%s\n", refused.error().c_str());

    const plait::tensor<float, net::output> same_logits = inside()(black, scratch);
    if (!std::equal(logits.begin(), logits.end(), same_logits.begin())) {
        std::fputs("weights in the program give other logits than those in the file\n", stderr);
        return 1;
    }

    const auto without_weights = tiny_any_cpu::zeros();
    tiny_any_cpu::workspace tiny_scratch;
    std::printf("%s\n", std::string(without_weights.target()).c_str());
    return without_weights(tiny_any_cpu::input_tensor{}, tiny_scratch)[0] == 0 ? 0 : 1;
}
