// SPDX-License-Identifier: BSD-3-Clause
// 9. Weights in the binary: 09_weights_in_the_binary [--startup] [PICTURE...]
//
// A program of one file: it reads no weights, since they are part of it. CMake's plait_embed_weights checks a
// file against the network while the program is built, packs it, and makes `classifier`:
//
//     plait_embed_weights(app NAME classifier NETWORK "plait::augshufflenet_x0_5<10>"
//                         HEADERS plait/models/augshufflenet.hpp
//                         WEIGHTS augshufflenet_x0_5_cifar10.safetensors)
//
// 09_weights_in_the_binary_half is the same program with HALF: weights of 16 bits, widened at the start.
// 09_weights_in_the_binary_int8 has INT8 HALF and weights that build/examples/quantise made: a network of
// bytes.

#include <chrono>
#include <cstdio>
#include <cstring>

#include "cifar_picture.hpp"
#include "classes.hpp"
#include "classifier.hpp"
#include "refuse.hpp"

namespace {

constexpr const char* classes[] = {"airplane", "automobile", "bird",  "cat",  "deer",
                                   "dog",      "frog",       "horse", "ship", "truck"};

/// Prints the likeliest class of a picture; the exit status.
int classify(const char* file, const classifier& model, classifier::workspace& scratch) {
    const auto read = examples::read_cifar_picture(file, model.input(scratch));
    if (!read) return examples::refuse(read.error());
    model.run(scratch);
    const auto logits = plait::to_tensor(model.output(scratch));
    const auto best = static_cast<std::size_t>(examples::top_classes(logits, 1).front());
    std::printf("%s shows: %s (%.1f %%)\n", file, classes[best], 100 * examples::softmax(logits)[best]);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    using clock = std::chrono::steady_clock;
    const auto begin = clock::now();
    const classifier model;
    const std::chrono::duration<double, std::micro> spent = clock::now() - begin;

    if (argc == 2 && std::strcmp(argv[1], "--startup") == 0) {
        std::printf("model ready %.1f us after main began\n", spent.count());
        return 0;
    }
    if (argc >= 2 && argv[1][0] == '-') {
        const bool help = std::strcmp(argv[1], "--help") == 0;
        std::fprintf(help ? stdout : stderr, "usage: %s [--startup] [PICTURE...]\n", argv[0]);
        return help ? 0 : examples::bad_input;
    }

    static classifier::workspace scratch;
    if (argc < 2) return classify(PLAIT_SOURCE_DIR "/examples/pictures/cat.jpg", model, scratch);
    int status = 0;
    for (int i = 1; i < argc; ++i) {
        if (const int refused = classify(argv[i], model, scratch)) status = refused;
    }
    return status;
}
