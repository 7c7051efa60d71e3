// SPDX-License-Identifier: BSD-3-Clause
// What the page draws and calls things by, from the types of its networks: networks FILE

#include <cstdio>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "labels.hpp"
#include "plait/io/file.hpp"
#include "plait/models/augshufflenet.hpp"
#include "plait/models/fastestdet.hpp"
#include "plait/network/summary.hpp"
#include "weave.hpp"

namespace {

using json = nlohmann::ordered_json;

json described(const examples::woven_stage& stage) {
    json units = json::array();
    for (std::size_t i = 0; i < stage.units.size(); ++i) {
        const examples::woven_unit& unit = stage.units[i];
        const bool is_down = unit.layer.name == "down unit";
        const std::size_t number = i + (stage.units.front().layer.name == "down unit" ? 0 : 1);
        units.push_back({{"name", is_down ? "down unit" : "unit " + std::to_string(number)},
                         {"arriving", unit.arriving},
                         {"shuffled", unit.shuffled},
                         {"joined", unit.joined},
                         {"leaving", unit.leaving}});
    }
    const plait::shape output = stage.units.back().layer.output;
    return {{"number", stage.number},
            {"channels", output.channels},
            {"height", output.height},
            {"width", output.width},
            {"units", units}};
}

template <class Network, class Labels>
json described(const char* name, const Labels& labels) {
    const plait::blueprint b = plait::blueprint_of<Network>();
    const plait::network_summary summary = plait::summarise(b);
    json stages = json::array();
    for (const int number : examples::stages_with_units(b, summary))
        stages.push_back(described(examples::weave_of(b, summary, number)));
    return {{"name", name}, {"labels", labels}, {"stages", stages}};
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fprintf(stderr, "usage: networks FILE\n");
        return 2;
    }
    const json all{
        {"cifar10", described<plait::augshufflenet_x0_5<10>>("AugShuffleNet 0.5x", examples::cifar10_labels)},
        {"detector", described<plait::fastestdet<80>>("FastestDet", examples::coco_labels)}};
    const std::string text = all.dump();
    const auto done = plait::write_file(std::as_bytes(std::span(text)), argv[1]);
    if (!done) std::fprintf(stderr, "%s\n", done.error().c_str());
    return done ? 0 : 2;
}
