// SPDX-License-Identifier: BSD-3-Clause
// 4. With xtensor: 04_xtensor [PICTURE]
//
// xtensor is NumPy for C++. A model takes any xtensor container or expression of the right shape as a
// picture, so preprocessing can be written as formulas, and every tensor of Plait lends xtensor a view of
// itself.

#include <cstdio>

#include <xtensor/xadapt.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xsort.hpp>
#include <xtensor/xview.hpp>

#include "plait/io/picture_reader.hpp"
#include "plait/io/resize.hpp"
#include "plait/plait.hpp"
#include "plait/tensor/xtensor.hpp"

using net = plait::augshufflenet_x0_5<10>;

int main(int argc, char** argv) {
    const auto model =
        plait::load<net>(PLAIT_SOURCE_DIR "/examples/weights/augshufflenet_x0_5_cifar10.safetensors");
    const auto picture =
        plait::read_picture(argc > 1 ? argv[1] : PLAIT_SOURCE_DIR "/examples/pictures/horse.jpg");
    if (!model || !picture) {
        std::fprintf(stderr, "%s\n", (!model ? model.error() : picture.error()).c_str());
        return 2;
    }
    const plait::picture small = plait::resize(plait::centre_square(*picture), net::input.plane());

    // Bytes of rows x columns x channels, seen in place. The formulas copy nothing either: they are
    // evaluated, value by value, where the model reads its input.
    const auto pixels = xt::adapt(small.rgb, {32, 32, 3});
    const auto planes = xt::transpose(pixels, {2, 0, 1});
    const auto scaled = planes / 255.0f;
    const auto mirrored = xt::view(scaled, xt::all(), xt::all(), xt::range(31, xt::placeholders::_, -1));

    // The shape of these arrays is known only at run time, so what comes back is a `result`. Of an
    // `xt::xtensor_fixed` it would be the logits themselves, and a wrong shape would not compile.
    static net::workspace scratch;
    const auto logits = (*model)(scaled, scratch);
    const auto mirrored_logits = (*model)(mirrored, scratch);
    const auto refused = (*model)(pixels, scratch);
    if (!logits || !mirrored_logits) {
        std::fprintf(stderr, "%s\n", (!logits ? logits.error() : mirrored_logits.error()).c_str());
        return 2;
    }

    // Out again: views of the logits, and softmax as one would write it down.
    const auto a = xt::view(plait::as_xtensor(*logits), xt::all(), 0, 0);
    const auto b = xt::view(plait::as_xtensor(*mirrored_logits), xt::all(), 0, 0);
    const xt::xtensor<float, 1> mean = (a + b) / 2.0f;
    const xt::xtensor<float, 1> likelihoods = xt::exp(mean - xt::amax(mean));
    const xt::xtensor<float, 1> probabilities = likelihoods / xt::sum(likelihoods);

    std::printf("The picture and its mirror image together: class %zu with probability %.3f.\n",
                xt::argmax(probabilities)(), double{xt::amax(probabilities)()});
    std::printf("And the bytes as they were? %s.\n", refused.error().c_str());
}
