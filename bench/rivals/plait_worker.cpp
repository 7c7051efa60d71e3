// SPDX-License-Identifier: BSD-3-Clause
// Answers `run SECONDS` with the median microseconds of a forward pass, `peak` with the multiply-add peak in
// billions a second, `macs` with the network's multiply-adds, and `logits` with the logits.
// usage: plait_worker NAME FOLDER
#include <fstream>
#include <iostream>
#include <sstream>

#include "../measure.hpp"
#include "any_network.hpp"

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
    std::cout << "ready" << std::endl;

    for (std::string line; std::getline(std::cin, line);) {
        std::istringstream words(line);
        std::string word;
        double seconds = 0;
        words >> word >> seconds;
        if (word == "peak") {
            std::cout << measure::multiply_add_rate() / 1e9 << std::endl;
        } else if (word == "macs") {
            std::cout << net.entry().macs << std::endl;
        } else if (word == "logits") {
            std::cout.precision(9);
            std::cout << "[";
            for (const char* comma = ""; const float logit : net.run())
                std::cout << comma << logit, comma = ", ";
            std::cout << "]" << std::endl;
        } else {
            std::vector<double> times;
            const auto begin = measure::clock::now();
            do {
                const auto start = measure::clock::now();
                benchmark::DoNotOptimize(net.run());
                times.push_back(measure::seconds_since(start));
            } while (measure::seconds_since(begin) < seconds);
            std::cout << 1e6 * measure::median(times) << std::endl;
        }
    }
}
