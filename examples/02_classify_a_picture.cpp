// SPDX-License-Identifier: BSD-3-Clause
// 2. Classify a picture: 02_classify_a_picture [PICTURE [WEIGHTS]]
//
// A published network is an alias, its weights are a file that PyTorch saved, and a picture is a PNG, JPEG or
// BMP of any size. Everything that comes from outside is a `result`: a value, or one sentence saying why not.

#include <algorithm>
#include <cstdio>
#include <memory>

#include "plait/io/picture_reader.hpp"
#include "plait/io/picture_tensor.hpp"
#include "plait/plait.hpp"

using net = plait::augshufflenet_x0_5<10>;

constexpr const char* classes[] = {"airplane", "automobile", "bird",  "cat",  "deer",
                                   "dog",      "frog",       "horse", "ship", "truck"};

int main(int argc, char** argv) {
    const char* picture_file = argc > 1 ? argv[1] : PLAIT_SOURCE_DIR "/examples/pictures/cat.jpg";
    const char* weights_file =
        argc > 2 ? argv[2] : PLAIT_SOURCE_DIR "/examples/weights/augshufflenet_x0_5_cifar10.safetensors";

    // The file must fit the network tensor for tensor. One of another width, of another number of classes or
    // trained with another order of channels is refused, and the sentence names the tensor.
    const auto model = plait::load<net>(weights_file);
    if (!model) {
        std::fprintf(stderr, "%s\n", model.error().c_str());
        return 2;
    }
    const auto picture = plait::read_picture(picture_file);
    if (!picture) {
        std::fprintf(stderr, "%s\n", picture.error().c_str());
        return 2;
    }

    // The network was trained on squares of 32 x 32 pixels, red, green and blue between 0 and 1. The picture
    // goes straight to where the network reads it.
    const auto scratch = std::make_unique<net::workspace>();
    plait::put(plait::centre_square(*picture), model->input(*scratch));
    model->run(*scratch);
    const auto logits = plait::to_tensor(model->output(*scratch));

    const auto best = std::ranges::max_element(logits) - logits.begin();
    std::printf("%s shows: %s\n", picture_file, classes[best]);
}
