// SPDX-License-Identifier: BSD-3-Clause
// What the network in int8 says of the prepared pictures on this machine, for tests to hold the boards'
// answers against.
//
//     answers_int8 WEIGHTS

#include <cstdio>
#include <memory>

#include "pictures.hpp"
#include "plait/precision.hpp"
#include "quantised_network.hpp"

int main(int argc, char** argv) {
    using network = examples::quantised_microcontroller_network;
    if (argc != 2) return std::fprintf(stderr, "usage: %s WEIGHTS\n", argv[0]), 2;
    const auto model = plait::load<network>(argv[1]);
    if (!model) return std::fprintf(stderr, "%s\n", model.error().c_str()), 2;
    const auto scratch = std::make_unique<network::workspace>();
    for (const examples::prepared_picture& picture : examples::prepared_pictures) {
        model->input(*scratch).copy(picture.values);
        model->run(*scratch);
        const auto logits = model->output(*scratch);
        std::printf("%s", picture.name);
        for (int i = 0; i < logits.size(); ++i) std::printf(" %.6f", double{logits[i]});
        std::printf("\n");
    }
    return 0;
}
