// SPDX-License-Identifier: BSD-3-Clause
// Every block by itself, warm and with the caches flushed. To time one for a shape of yours, add a line.
#include "measure.hpp"
#include "plait/blocks/blocks.hpp"

using namespace plait;

int main(int argc, char** argv) {
    measure::add_warm_and_cold<network<shape{3, 32, 32}, conv{.out = 24, .kernel = 3}>>(
        "conv 3x3, 3 to 24, 32x32");
    measure::add_warm_and_cold<network<shape{3, 224, 224}, conv{.out = 24, .kernel = 3, .stride = 2}>>(
        "conv 3x3 stride 2, 3 to 24, 224x224");
    measure::add_warm_and_cold<network<shape{24, 32, 32}, conv{.out = 24}>>("conv 1x1, 24 to 24, 32x32");
    measure::add_warm_and_cold<network<shape{192, 4, 4}, conv{.out = 1024}>>("conv 1x1, 192 to 1024, 4x4");
    measure::add_warm_and_cold<network<shape{24, 16, 16}, depthwise{}>>("depthwise 3x3, 24, 16x16");
    measure::add_warm_and_cold<network<shape{24, 32, 32}, depthwise{.stride = 2}>>(
        "depthwise 3x3 stride 2, 24, 32x32");
    measure::add_warm_and_cold<network<shape{96, 22, 22}, depthwise{.kernel = 5}>>(
        "depthwise 5x5, 96, 22x22");
    measure::add_warm_and_cold<network<shape{24, 112, 112}, max_pool{}>>(
        "max pool 3x3 stride 2, 24, 112x112");
    measure::add_warm_and_cold<network<shape{48, 44, 44}, average_pool{}>>(
        "average pool 3x3 stride 2, 48, 44x44");
    measure::add_warm_and_cold<network<shape{1024, 4, 4}, global_average_pool{}>>(
        "global average pool, 1024, 4x4");
    measure::add_warm_and_cold<network<shape{1024, 1, 1}, linear{.out = 10}>>("linear, 1024 to 10");
    measure::add_warm_and_cold<network<shape{1024, 1, 1}, linear{.out = 1000}>>("linear, 1024 to 1000");
    measure::add_warm_and_cold<network<shape{192, 11, 11}, upsample{}>>("upsample by 2, 192, 11x11");
    measure::add_warm_and_cold<network<shape{24, 32, 32}, shuffle_down{.out = 48}>>(
        "down unit, 24 to 48, 32x32");
    measure::add_warm_and_cold<network<shape{96, 8, 8}, shuffle_unit{}>>("ShuffleNetV2 unit, 96, 8x8");
    measure::add_warm_and_cold<network<shape{48, 16, 16}, aug_shuffle{.split = {1, 2}}>>(
        "AugShuffle unit r 1/2, 48, 16x16");
    measure::add_warm_and_cold<network<shape{96, 8, 8}, aug_shuffle{.split = {3, 8}}>>(
        "AugShuffle unit r 3/8, 96, 8x8");
    measure::add_warm_and_cold<network<shape{192, 4, 4}, aug_shuffle{.split = {3, 8}}>>(
        "AugShuffle unit r 3/8, 192, 4x4");
    measure::add_warm_and_cold<network<shape{96, 14, 14}, residual<activation::relu, conv{.out = 96}>>>(
        "residual of conv 1x1, 96, 14x14");
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    benchmark::RunSpecifiedBenchmarks();
}
