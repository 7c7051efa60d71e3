// SPDX-License-Identifier: BSD-3-Clause
// Shows what is known of a network before it runs: inspect [OPTIONS] NAME

#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "any_network.hpp"
#include "graph_picture.hpp"
#include "plait/core/result.hpp"
#include "plait/network/memory_map.hpp"
#include "plan_picture.hpp"
#include "precision_option.hpp"
#include "precisions.hpp"
#include "program.hpp"
#include "text_file.hpp"
#include "weave.hpp"
#include "weave_picture.hpp"

namespace {

struct options {
    std::string network;
    std::string weave_file;
    std::string plan_file;
    std::string graph_file;
    std::optional<int> stage;
    plait::precision kept = plait::precision::f32;
    bool plan = false;
    bool list = false;
    bool json = false;
};

std::string refuse_empty(const std::string& file) { return file.empty() ? "a file's name was expected" : ""; }

void describe(CLI::App& app, options& chosen) {
    app.add_option("network", chosen.network, "a network's name, as --list prints it")->type_name("NAME");
    examples::add_precision_option(app, chosen.kept);
    app.add_option("--svg", chosen.weave_file, "draw how channels cross and interleave through a stage")
        ->type_name("FILE")
        ->check(refuse_empty);
    app.add_option("--stage", chosen.stage,
                   "which stage --svg draws (2, 3, 4; otherwise the first with units)")
        ->type_name("N")
        ->needs("--svg");
    app.add_flag("--plan", chosen.plan, "print which part of the workspace holds what, when");
    app.add_option("--plan-svg", chosen.plan_file, "draw the workspace over time")
        ->type_name("FILE")
        ->check(refuse_empty);
    app.add_option("--graph", chosen.graph_file, "draw which layer reads from which")
        ->type_name("FILE")
        ->check(refuse_empty);
    app.add_flag("--list", chosen.list, "print the names of all networks");
    app.add_flag("--json", chosen.json, "the table (and with --plan the plan) as one JSON document");
}

plait::result<plait::blueprint> find(const options& chosen) {
    if (chosen.kept != plait::precision::f32) {
        const auto entry = examples::network_in_precisions(chosen.network);
        if (!entry) return plait::failure{entry.error()};
        return (*entry)->in(chosen.kept).blueprint();
    }
    const auto entry = examples::network_named(chosen.network);
    if (!entry) return plait::failure{entry.error()};
    return (*entry)->blueprint();
}

nlohmann::ordered_json to_json(plait::shape s) { return {s.channels, s.height, s.width}; }

nlohmann::ordered_json to_json(const plait::network_summary& summary, const std::string& name) {
    nlohmann::ordered_json layers = nlohmann::ordered_json::array();
    for (const plait::layer_summary& layer : summary.layers) {
        layers.push_back({{"layer", layer.name},
                          {"scope", layer.scope},
                          {"stage", layer.stage},
                          {"output", to_json(layer.output)},
                          {"parameters", layer.parameters},
                          {"multiply_adds", layer.macs}});
    }
    return {{"network", name},
            {"input", to_json(summary.input)},
            {"parameters", summary.parameters},
            {"multiply_adds", summary.macs},
            {"workspace_bytes", summary.workspace_bytes},
            {"layers", layers}};
}

/// Bytes from the beginning of the workspace; calls are numbered from 0, the input's writer is -1.
nlohmann::ordered_json plan_to_json(const plait::blueprint& b) {
    nlohmann::ordered_json places = nlohmann::ordered_json::array();
    for (const plait::tenancy& t : plait::tenancies_of(b)) {
        places.push_back({{"begin", b.bytes(t.begin)},
                          {"end", b.bytes(t.end)},
                          {"from_call", t.from},
                          {"until_call", t.until},
                          {"writer", t.writer},
                          {"scratch", t.is_scratch}});
    }
    return places;
}

plait::result<std::string> draw_weave(const plait::blueprint& b, const options& chosen) {
    const plait::network_summary summary = plait::summarise(b);
    const std::vector<int> stages = examples::stages_with_units(b, summary);
    if (stages.empty()) return plait::failure{chosen.network + ": has no stage of units to draw"};
    const int number = chosen.stage.value_or(stages.front());
    const examples::woven_stage stage = examples::weave_of(b, summary, number);
    if (stage.units.empty()) {
        return plait::failure{chosen.network + ": has no units in stage " + std::to_string(number) +
                              "; its stages with units are " + std::to_string(stages.front()) + " to " +
                              std::to_string(stages.back())};
    }
    return examples::weaver(b, stage).draw(chosen.network);
}

plait::result<void> draw(const plait::blueprint& b, const options& chosen) {
    using examples::write_text;
    if (!chosen.weave_file.empty()) {
        const auto picture = draw_weave(b, chosen);
        if (!picture) return plait::failure{picture.error()};
        if (const auto written = write_text(chosen.weave_file, *picture); !written) return written;
    }
    if (!chosen.plan_file.empty()) {
        const std::string picture = examples::plan_picture(b).draw(chosen.network);
        if (const auto written = write_text(chosen.plan_file, picture); !written) return written;
    }
    if (!chosen.graph_file.empty())
        return write_text(chosen.graph_file, examples::graph_picture(b).draw(chosen.network));
    return {};
}

void print(const plait::blueprint& b, const options& chosen) {
    const plait::network_summary summary = plait::summarise(b);
    if (chosen.json) {
        nlohmann::ordered_json document = to_json(summary, chosen.network);
        if (chosen.plan) document["plan"] = plan_to_json(b);
        std::printf("%s\n", document.dump(2).c_str());
        return;
    }
    std::printf("%s\n\n%s", chosen.network.c_str(), to_table(summary).c_str());
    if (chosen.plan) std::printf("\n%s\n%s", plait::plan_table(b).c_str(), plait::memory_map(b).c_str());
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Shows a network's layers, what they cost, and the plan of its workspace.", "inspect"};
    options chosen;
    describe(app, chosen);
    if (const auto status = examples::parse(app, argc, argv)) return *status;

    if (chosen.list) {
        for (const examples::network_entry& entry : examples::all_networks())
            std::printf("%s\n", std::string(entry.name).c_str());
        return 0;
    }
    if (chosen.network.empty()) return examples::refuse("inspect: which network? --list prints their names");
    const auto network = find(chosen);
    if (!network) return examples::refuse(network.error());
    if (const auto drawn = draw(*network, chosen); !drawn) return examples::refuse(drawn.error());
    print(*network, chosen);
}
