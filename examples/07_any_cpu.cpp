// SPDX-License-Identifier: BSD-3-Clause
// 7. One binary for any processor: 07_any_cpu [--target NAME] [--weights FILE] [PICTURE]
//
// This file is compiled for the plainest x86-64 processor there is. The network's kernels are in files of
// their own, which CMake's plait_dispatch makes, one for each instruction set:
//
//     plait_dispatch(app NAME digits NETWORK "plait::augshufflenet_x0_5<10>"
//                    HEADERS plait/models/augshufflenet.hpp)

#include <algorithm>
#include <cstdio>
#include <string>

#include "digits.hpp"
#include "plait/io/load.hpp"
#include "plait/io/picture_reader.hpp"
#include "plait/io/picture_tensor.hpp"
#include "program.hpp"

constexpr const char* classes[] = {"airplane", "automobile", "bird",  "cat",  "deer",
                                   "dog",      "frog",       "horse", "ship", "truck"};

int main(int argc, char** argv) {
    std::string target;
    std::string picture_file = PLAIT_SOURCE_DIR "/examples/pictures/cat.jpg";
    std::string weights_file = PLAIT_SOURCE_DIR "/examples/weights/augshufflenet_x0_5_cifar10.safetensors";
    CLI::App app("Names what is in a picture, with the best instruction set that the processor has.",
                 "07_any_cpu");
    app.add_option("--target", target, "an instruction set instead of the best");
    app.add_option("--weights", weights_file, "a state_dict in safetensors");
    app.add_option("picture", picture_file, "a PNG, JPEG or BMP");
    if (const auto done = examples::parse(app, argc, argv)) return *done;

    // `digits model;` would take the best instruction set, as does `plait::load<digits>(file)`.
    auto model = target.empty() ? plait::result<digits>(digits{}) : digits::for_target(target);
    if (!model) return examples::refuse(model.error());
    if (const auto loaded = plait::load_into(*model, weights_file); !loaded)
        return examples::refuse(loaded.error());

    const auto picture = plait::read_picture(picture_file);
    if (!picture) return examples::refuse(picture.error());

    static digits::workspace scratch;
    plait::put(plait::centre_square(*picture), model->input(scratch));
    model->run(scratch);
    const auto logits = plait::to_tensor(model->output(scratch));

    std::printf("instruction set: %s, of", std::string(model->target()).c_str());
    for (const std::string_view name : digits::targets()) std::printf(" %s", std::string(name).c_str());
    std::printf("\n");
    for (int i = 0; i < logits.size(); ++i) std::printf("%-10s %12.9g\n", classes[i], double{logits[i]});
    const auto best = std::max_element(logits.begin(), logits.end()) - logits.begin();
    std::printf("%s shows: %s\n", picture_file.c_str(), classes[best]);
}
