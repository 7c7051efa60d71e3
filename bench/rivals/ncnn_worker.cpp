// SPDX-License-Identifier: BSD-3-Clause
// Answers `run SECONDS` with the median microseconds of a forward pass, and `logits` with the logits. With
// the setting `ranges` it prints the largest magnitude of every blob, and ends. One thread; Winograd is on,
// as it is wherever nobody turns it off. bench/compare compiles it against a user's ncnn.
// usage: ncnn_worker float|half|int8|ranges NAME FOLDER
#include <algorithm>
#include <cmath>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "cpu.h"
#include "net.h"
#include "worker.hpp"

namespace {

/// What a program sets that wants one fast thread: pools of memory, and 16 bits where they are asked for.
ncnn::Option option_of(const std::string& setting, ncnn::Allocator& blobs, ncnn::Allocator& others) {
    ncnn::Option option;
    const bool half = setting == "half";
    option.num_threads = 1;
    option.lightmode = setting != "ranges";
    option.blob_allocator = &blobs;
    option.workspace_allocator = &others;
    option.use_winograd_convolution = true;
    option.use_int8_inference = setting == "int8";
    option.use_fp16_packed = option.use_fp16_storage = option.use_fp16_arithmetic = half;
    option.use_bf16_storage = half;
    return option;
}

std::vector<float> values_of(const ncnn::Mat& map) {
    std::vector<float> values;
    for (int c = 0; c < map.c; ++c)
        for (int i = 0; i < map.w * map.h; ++i) values.push_back(map.channel(c)[i]);
    return values;
}

void print_ranges(const ncnn::Net& net, const ncnn::Mat& picture) {
    const char* comma = "{";
    for (const ncnn::Blob& blob : net.blobs()) {
        ncnn::Extractor extractor = net.create_extractor();
        extractor.input(net.input_names()[0], picture);
        ncnn::Mat map;
        if (extractor.extract(blob.name.c_str(), map) != 0) continue;
        float largest = 0;
        for (const float value : values_of(map)) largest = std::max(largest, std::abs(value));
        std::cout << comma << '"' << blob.name << "\": " << largest;
        comma = ", ";
    }
    std::cout << "}" << std::endl;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) return std::cerr << "usage: ncnn_worker float|half|int8|ranges NAME FOLDER\n", 2;
    const std::string setting = argv[1], name = argv[2], folder = argv[3];
    const std::string stem = folder + "/" + name + (setting == "int8" ? "_int8" : "");
    ncnn::UnlockedPoolAllocator blobs;
    ncnn::PoolAllocator others;
    ncnn::Net net;
    net.opt = option_of(setting, blobs, others);
    if (net.load_param((stem + ".param").c_str()) != 0 || net.load_model((stem + ".bin").c_str()) != 0)
        return std::cerr << "ncnn does not read " << stem << ".param and .bin\n", 2;

    std::ifstream file(folder + "/" + name + ".input", std::ios::binary | std::ios::ate);
    const int pixels = static_cast<int>(file.tellg()) / static_cast<int>(3 * sizeof(float));
    int width = 1;
    while (width * width < pixels) ++width;
    file.seekg(0);
    ncnn::Mat picture(width, pixels / width, 3);
    for (int c = 0; c < 3; ++c)
        file.read(reinterpret_cast<char*>(picture.channel(c).data), std::streamsize{pixels} * 4);
    if (!file) return std::cerr << "the picture " << name << ".input is not of three square planes\n", 2;

    if (setting == "ranges") return print_ranges(net, picture), 0;
    ncnn::Mat logits;
    const auto once = [&] {
        ncnn::Extractor extractor = net.create_extractor();
        extractor.input(net.input_names()[0], picture);
        extractor.extract(net.output_names()[0], logits);
    };
    for (int i = 0; i < 20; ++i) once();
    worker::serve(1e6, once, {{"logits", [&] { worker::print_list(values_of(logits)); }}});
}
