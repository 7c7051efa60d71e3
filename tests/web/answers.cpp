// SPDX-License-Identifier: BSD-3-Clause
// What this machine's own code makes of pictures with the weights that a web module has inside, which are
// halves: answers LIST PICTURE... prints the scores of each picture, a line each.

#include <cstdio>
#include <memory>
#include <vector>

#include "plait/io/file.hpp"
#include "plait/io/picture_reader.hpp"
#include "plait/io/picture_tensor.hpp"
#include "plait/models/augshufflenet.hpp"
#include "plait/network/model.hpp"
#include "plait/web/folded_weights.hpp"

int main(int argc, char** argv) {
    using net = plait::augshufflenet_x0_5<10>;
    const auto list = plait::read_file(argc > 1 ? argv[1] : "");
    if (!list) return std::fprintf(stderr, "%s\n", list.error().c_str()), 2;
    const auto* bytes = reinterpret_cast<const unsigned char*>(list->data());

    plait::model<net> model;
    std::vector<float> layer(plait::web::largest_layer(bytes));
    plait::web::unfold<std::uint16_t>(bytes, layer, [&](int call, const float* weights, const float* bias) {
        model.set_weights(call, weights, bias);
    });
    const auto scratch = std::make_unique<net::workspace>();
    for (int i = 2; i < argc; ++i) {
        const auto picture = plait::read_picture(argv[i]);
        if (!picture) return std::fprintf(stderr, "%s\n", picture.error().c_str()), 2;
        plait::put(plait::centre_square(*picture), model.input(*scratch));
        model.run(*scratch);
        for (const float score : plait::to_tensor(model.output(*scratch)).values)
            std::printf("%.9g ", static_cast<double>(score));
        std::printf("\n");
    }
}
