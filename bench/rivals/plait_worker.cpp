// SPDX-License-Identifier: BSD-3-Clause
// Answers `run SECONDS` with the median microseconds of a forward pass, `peak` with the multiply-add peak in
// billions a second, `macs` with the network's multiply-adds, and `logits` with the logits.
// usage: plait_worker NAME FOLDER
#include <fstream>
#include <iostream>
#include <string>

#include "../measure.hpp"
#include "any_network.hpp"
#include "worker.hpp"

int main(int argc, char** argv) {
    if (argc != 3) return std::cerr << "usage: plait_worker NAME FOLDER\n", 2;
    const std::string stem = std::string(argv[2]) + "/" + argv[1];
    auto network = examples::load_network(stem + ".safetensors", argv[1]);
    if (!network) return std::cerr << network.error() << "\n", 2;
    examples::any_network& net = **network;
    std::ifstream(stem + ".input", std::ios::binary)
        .read(reinterpret_cast<char*>(net.input().data()),
              static_cast<std::streamsize>(net.input().size() * sizeof(float)));
    for (int i = 0; i < 20; ++i) net.run();
    worker::serve(1e6, [&] { benchmark::DoNotOptimize(net.run()); },
                  {{"peak", [] { worker::print(measure::multiply_add_rate() / 1e9); }},
                   {"macs", [&] { worker::print(net.entry().macs); }},
                   {"logits", [&] { worker::print_list(net.run()); }}});
}
