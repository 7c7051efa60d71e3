// SPDX-License-Identifier: BSD-3-Clause
// `plait_worker` of a network that was made of an ONNX file: answers in the file's layout, all outputs in a
// row. usage: imported_worker NAME FOLDER
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "../measure.hpp"
#include "compared.hpp"
#include "plait/io/file_tensor.hpp"
#include "plait/io/load.hpp"
#include "worker.hpp"

int main(int argc, char** argv) {
    using network = compared::network;
    if (argc != 3) return std::cerr << "usage: imported_worker NAME FOLDER\n", 2;
    const std::string stem = std::string(argv[2]) + "/" + argv[1];
    const auto model = plait::load<network>(stem + ".safetensors");
    if (!model) return std::cerr << model.error() << "\n", 2;
    const auto scratch = std::make_unique<network::workspace>();
    std::ifstream given(stem + ".input", std::ios::binary);
    for (const plait::file_tensor& input : compared::inputs) {
        std::vector<float> values(static_cast<std::size_t>(input.elements()));
        given.read(reinterpret_cast<char*>(values.data()),
                   static_cast<std::streamsize>(values.size() * sizeof(float)));
        plait::put_file_tensor(*model, *scratch, input, values);
    }
    // A pass may write over its input, which then has other values and takes as long.
    model->run(*scratch);
    std::vector<float> answers;
    for (const plait::file_tensor& output : compared::outputs) {
        const std::vector<float> values = plait::file_tensor_of(*model, *scratch, output);
        answers.insert(answers.end(), values.begin(), values.end());
    }
    for (int i = 0; i < 20; ++i) model->run(*scratch);
    worker::serve(1e6, [&] { model->run(*scratch); },
                  {{"peak", [] { worker::print(measure::multiply_add_rate() / 1e9); }},
                   {"macs", [] { worker::print(network::macs); }},
                   {"logits", [&] { worker::print_list(answers); }}});
}
