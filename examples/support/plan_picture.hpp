// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "plait/network/memory_map.hpp"
#include "svg.hpp"

// Draws a plan: the workspace over time. A block is what one call wrote, as high as its place is long, from
// the call that fills it to the last that reads it.

namespace examples {

class plan_picture {
public:
    explicit plan_picture(const plait::blueprint& b)
        : blueprint_(b),
          stages_(plait::stages_of_ops(plait::summarise(b))),
          tenancies_(plait::tenancies_of(b)) {}

    std::string draw(const std::string& name) {
        draw_title(name);
        draw_address_axis();
        for (const plait::tenancy& t : tenancies_) draw_block(t);
        draw_lower_bound();
        draw_stages();
        return picture_.to_string(width, height, "Workspace plan of " + name);
    }

private:
    static constexpr double width = 1600;
    static constexpr double height = 900;
    static constexpr double margin = 44;
    static constexpr double left = 112;
    static constexpr double top = 118;
    static constexpr double bottom = 790;
    static constexpr const char* input_colour = "#b4bcc8";
    static constexpr std::array<const char*, 6> stage_colours{"#56657c", "#2b69b3", "#14857a",
                                                              "#c98f1b", "#bb3c64", "#754ba6"};

    double x_of(int op) const { return left + (width - left - margin) * op / blueprint_.op_count(); }
    double y_of(int value) const {
        return bottom - (bottom - top) * static_cast<double>(value) / static_cast<double>(blueprint_.size);
    }
    double kib(int value) const { return static_cast<double>(blueprint_.bytes(value)) / 1024; }

    int stage_of(int op) const { return stages_[static_cast<std::size_t>(op)]; }

    static const char* colour_of_stage(int stage) {
        return stage_colours[static_cast<std::size_t>(stage - 1) % stage_colours.size()];
    }

    void draw_title(const std::string& name) {
        picture_.add("<text x=\"" + svg::number(margin) +
                     "\" y=\"46\"><tspan font-size=\"26\" class=\"ink strong\">Workspace plan</tspan>"
                     "<tspan dx=\"14\" font-size=\"20\" class=\"quiet\">" +
                     svg::escaped(name) + ": " + plait::in_kib(blueprint_.workspace_bytes()) +
                     "</tspan></text>");
        picture_.text(
            margin, 75, 15, "start", "quiet",
            "A block is what one call wrote, from that call to its last reader. All of it is known at "
            "compile time; nothing is copied.");
    }

    void draw_address_axis() {
        const double total = kib(blueprint_.size);
        double tick = 1;
        for (const double candidate : {2., 4., 8., 16., 32., 64., 128., 256., 512., 1024., 2048., 4096.}) {
            if (total / tick > 8) tick = candidate;
        }
        for (double at = 0; at <= total; at += tick) {
            const double y = bottom - (bottom - top) * at / total;
            picture_.line(left, y, width - margin, y,
                          "class=\"hair\" stroke-width=\".6\" stroke-opacity=\".45\"");
            picture_.text(left - 12, y + 5, 14, "end", "quiet", svg::number(at) + " KiB");
        }
    }

    void draw_block(const plait::tenancy& t) {
        const double x = x_of(t.from);
        const double y = y_of(t.end);
        const double wide = x_of(t.until + 1) - x;
        const double high = y_of(t.begin) - y;
        const double gap = std::min(1.2, high / 4);
        const double radius = std::min({3., wide / 4, high / 4});
        const bool is_input = t.writer == plait::tenancy::the_input;
        const char* colour = is_input ? input_colour : colour_of_stage(stage_of(t.writer));
        std::string attributes = std::string("fill=\"") + colour + "\"";
        if (t.is_scratch) attributes += " fill-opacity=\".3\"";
        picture_.rectangle(x + .6, y + gap / 2, wide - 1.2, high - gap, radius, attributes);
    }

    void draw_lower_bound() {
        const double y = y_of(blueprint_.lower_bound);
        picture_.line(left, y, width - margin, y,
                      "class=\"hair\" stroke-width=\"1.6\" stroke-dasharray=\"7 5\"");
        picture_.text(
            width - margin, y + 20, 14, "end", "ink",
            "the most that is alive at once: " + plait::in_kib(blueprint_.bytes(blueprint_.lower_bound)));
    }

    void draw_stages() {
        int begin = 0;
        for (int op = 1; op <= blueprint_.op_count(); ++op) {
            if (op < blueprint_.op_count() && stage_of(op) == stage_of(begin)) continue;
            draw_stage(begin, op);
            begin = op;
        }
        legend();
    }

    void draw_stage(int begin, int end) {
        const int stage = stage_of(begin);
        picture_.rectangle(x_of(begin) + 1, bottom + 10, x_of(end) - x_of(begin) - 2, 6, 3,
                           std::string("fill=\"") + colour_of_stage(stage) + "\"");
        const bool is_stem = stage == 1;
        const bool is_head = end == blueprint_.op_count();
        const std::string word = is_stem ? "stem" : is_head ? "head" : "stage " + std::to_string(stage);
        picture_.text((x_of(begin) + x_of(end)) / 2, bottom + 38, 15, "middle", "ink strong", word);
    }

    void legend() {
        const double y = bottom + 74;
        picture_.text(left, y, 14, "start", "quiet",
                      std::to_string(blueprint_.op_count()) + " calls, in order, from left to right");
        picture_.rectangle(left + 330, y - 11, 22, 12, 3, std::string("fill=\"") + input_colour + "\"");
        picture_.text(left + 360, y, 14, "start", "quiet", "the input");
        picture_.rectangle(left + 460, y - 11, 22, 12, 3,
                           std::string("fill=\"") + stage_colours[0] + "\" fill-opacity=\".3\"");
        picture_.text(left + 490, y, 14, "start", "quiet", "a call's own scratch");
    }

    const plait::blueprint& blueprint_;
    std::vector<int> stages_;
    std::vector<plait::tenancy> tenancies_;
    svg::picture picture_;
};

}  // namespace examples
