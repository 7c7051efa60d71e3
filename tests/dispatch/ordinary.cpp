// SPDX-License-Identifier: BSD-3-Clause
// A unit of a user's program, which loads weights, reads a picture and runs a network. It is compiled for
// several instruction sets, each under a name of its own, and all are linked into one program.
#include <cstdio>

#include "plait/io/picture_reader.hpp"
#include "plait/io/picture_tensor.hpp"
#include "plait/plait.hpp"

namespace {

using small =
    plait::network<plait::shape{.channels = 3, .height = 8, .width = 8}, plait::conv{.out = 8, .kernel = 3},
                   plait::depthwise{}, plait::global_average_pool{}, plait::linear{.out = 3}>;

}  // namespace

extern "C" int PLAIT_UNIT(const char* weights, const char* picture, float* logits, char* sentence, int size);

extern "C" int PLAIT_UNIT(const char* weights, const char* picture, float* logits, char* sentence, int size) {
    const auto refuse = [&](const auto& refused) {
        std::snprintf(sentence, static_cast<std::size_t>(size), "%s", refused.error().c_str());
        return -1;
    };
    const auto model = plait::load<small>(weights);
    if (!model) return refuse(model);
    const auto image = plait::read_picture(picture);
    if (!image) return refuse(image);
    static small::workspace scratch;
    const auto found = (*model)(plait::to_tensor<small::input>(plait::centre_square(*image)), scratch);
    int best = 0;
    for (int i = 0; i < 3; ++i) {
        logits[i] = found[i];
        if (found[i] > found[best]) best = i;
    }
    return best;
}
