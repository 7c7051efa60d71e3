// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "layered_layout.hpp"
#include "network_graph.hpp"
#include "svg.hpp"

// Draws a network's graph from top to bottom: a box for every layer or unit, or run of equal ones, and an
// arrow from each box whose channels it reads.

namespace examples {

class graph_picture {
public:
    explicit graph_picture(const plait::blueprint& b)
        : summary_(plait::summarise(b)), graph_(graph_of(b)), layout_(layout_of(graph_)) {
        find_parts();
        for (const graph_box& box : graph_.boxes) most_macs_ = std::max(most_macs_, box.macs);
    }

    std::string draw(const std::string& name) {
        const double content = layout_.right() - layout_.left();
        width_ = std::max(content, least_content) + 2 * margin;
        middle_ = width_ / 2 - (layout_.right() + layout_.left()) / 2;
        draw_title(name);
        draw_legend();
        place_rows();
        draw_arrows();
        for (std::size_t i = 0; i < graph_.boxes.size(); ++i) draw_box(static_cast<int>(i));
        return picture_.to_string(width_, row_top_.back() + box_height + margin, "Graph of " + name);
    }

private:
    static constexpr double margin = 18;
    static constexpr double least_content = 720;
    static constexpr double box_width = 298;
    static constexpr double box_height = 52;
    static constexpr double passing_width = 10;
    static constexpr double gap = 20;
    static constexpr double padding = 12;
    static constexpr int name_size = 14;
    static constexpr int small_size = 12;
    static constexpr std::array<const char*, 6> colours{"#2b69b3", "#14857a", "#bb3c64",
                                                        "#c98f1b", "#754ba6", "#5a9431"};
    static constexpr const char* no_part_colour = "#7d8899";

    /// What has one colour: all scopes that begin alike, or without scopes what makes maps of one size. Its
    /// steps, the scopes within it, are tinted more and more strongly.
    struct part {
        std::string name;
        std::vector<std::string> steps;
        long long macs = 0;
    };

    static layered_layout layout_of(const network_graph& graph) {
        std::vector<std::vector<int>> sources;
        for (const graph_box& box : graph.boxes) {
            sources.emplace_back();
            for (const graph_arrow& arrow : box.reads) sources.back().push_back(arrow.from);
        }
        return {sources, box_width, passing_width, gap};
    }

    const graph_box& box(int i) const { return graph_.boxes[static_cast<std::size_t>(i)]; }
    double x_of(int place) const { return middle_ + layout_.place(place).x; }
    double top_of(int place) const { return row_top_[static_cast<std::size_t>(layout_.place(place).row)]; }
    double bottom_of(int place) const { return top_of(place) + box_height; }

    // Parts.

    std::string part_of(const graph_box& box) const {
        if (box.what != graph_box::kind::layers) return {};
        if (has_scopes_) return box.scope.substr(0, box.scope.find('.'));
        return std::to_string(box.output.height) + " x " + std::to_string(box.output.width);
    }

    static std::string step_of(const graph_box& box) {
        const std::size_t first = box.scope.find('.');
        if (first == std::string::npos) return {};
        return box.scope.substr(first + 1, box.scope.find('.', first + 1) - first - 1);
    }

    void find_parts() {
        for (const graph_box& box : graph_.boxes) has_scopes_ = has_scopes_ || !box.scope.empty();
        for (const graph_box& box : graph_.boxes) {
            const std::string name = part_of(box);
            if (name.empty()) continue;
            auto found = std::ranges::find(parts_, name, &part::name);
            if (found == parts_.end()) found = parts_.insert(parts_.end(), {name, {}, 0});
            found->macs += box.macs;
            const std::string step = step_of(box);
            if (std::ranges::find(found->steps, step) == found->steps.end()) found->steps.push_back(step);
        }
    }

    static const char* colour_of_part(std::size_t index) { return colours[index % colours.size()]; }

    struct tint {
        const char* colour = no_part_colour;
        double strength = .1;
    };

    tint tint_of(const graph_box& box) const {
        const std::string name = part_of(box);
        for (std::size_t i = 0; i < parts_.size(); ++i) {
            const std::vector<std::string>& steps = parts_[i].steps;
            if (parts_[i].name != name) continue;
            const auto step = std::ranges::find(steps, step_of(box)) - steps.begin();
            return {colour_of_part(i),
                    .1 + .2 * static_cast<double>(step) / static_cast<double>(steps.size())};
        }
        return {};
    }

    static std::string paint(tint t) {
        return std::string("fill=\"") + t.colour + "\" fill-opacity=\"" + svg::number(t.strength) +
               "\" stroke=\"" + t.colour + "\"";
    }

    // Words.

    std::string share(long long macs) const { return plait::percent(macs, graph_.macs); }

    /// About how wide a text is, on the wide side.
    static double width_of(const std::string& text, int size) {
        return .6 * size * static_cast<double>(text.size());
    }

    /// The last words of a dotted name that fit.
    static std::string shortened(const std::string& name, int size, double room) {
        std::string end = name;
        while (width_of(end, size) > room && end.find('.', 1) != std::string::npos)
            end = end.substr(end.find('.', 1));
        return end == name ? name : std::string("\u2026") + end.substr(1);
    }

    void draw_title(const std::string& name) {
        picture_.add("<text x=\"" + svg::number(margin) +
                     "\" y=\"38\"><tspan font-size=\"22\" class=\"ink strong\">Graph</tspan>"
                     "<tspan dx=\"12\" font-size=\"17\" class=\"quiet\">" +
                     svg::escaped(name) + "</tspan></text>");
        picture_.text(margin, 62, small_size + 1, "start", "quiet",
                      plait::with_commas(summary_.parameters) + " parameters, " +
                          plait::with_commas(summary_.macs) +
                          " multiply-adds, of which each box has its share");
        const bool joins =
            std::ranges::any_of(graph_.boxes, [](const graph_box& b) { return b.reads.size() > 1; });
        picture_.text(
            margin, 81, small_size + 1, "start", "quiet",
            std::string("Colours: ") +
                (has_scopes_ ? "the parts of the network." : "height x width of what a box makes.") +
                (joins ? " A number at an arrow: channels, where a box reads from several." : ""));
    }

    void draw_legend() {
        double x = margin;
        double y = 108;
        for (std::size_t i = 0; i < parts_.size(); ++i) {
            const std::string words = parts_[i].name + ": " + share(parts_[i].macs);
            const double wide = 26 + width_of(words, small_size + 1) + 16;
            if (x + wide > width_ - margin && x > margin) {
                x = margin;
                y += 22;
            }
            picture_.rectangle(x, y - 11, 18, 12, 3, paint({colour_of_part(i), .25}));
            picture_.text(x + 26, y, small_size + 1, "start", "ink", words);
            x += wide;
        }
        row_top_.push_back(y + 24);
    }

    // Boxes.

    void draw_box(int i) {
        const graph_box& b = box(i);
        const bool is_layer = b.what == graph_box::kind::layers;
        const double left = x_of(i) - box_width / 2;
        const double top = top_of(i);
        picture_.rectangle(left, top, box_width, box_height, is_layer ? 6 : box_height / 2,
                           paint(tint_of(b)));
        if (!is_layer) {
            picture_.text(x_of(i), top + 22, name_size, "middle", "ink strong", b.name);
            picture_.text(x_of(i), top + 40, small_size, "middle", "quiet", plait::to_string(b.output));
            return;
        }

        const std::string name = b.times > 1 ? std::to_string(b.times) + " x " + b.name : b.name;
        const std::string shape = plait::to_string(b.output);
        const double room = box_width - 3 * padding - width_of(shape, small_size);
        picture_.text(left + padding, top + 20, name_size, "start", "ink strong", name);
        picture_.text(left + padding, top + 38, small_size, "start", "ink", shape);
        if (b.macs > 0)
            picture_.text(left + box_width - padding, top + 20, small_size, "end", "ink", share(b.macs));
        if (!b.scope.empty())
            picture_.text(left + box_width - padding, top + 38, small_size - 1, "end", "quiet",
                          shortened(b.scope, small_size - 1, room));
        if (b.macs > 0) draw_share(b, left, top);
    }

    /// A bar as long as the box's multiply-adds, of the most that any box has.
    void draw_share(const graph_box& b, double left, double top) {
        const double length =
            (box_width - 2 * padding) * static_cast<double>(b.macs) / static_cast<double>(most_macs_);
        if (length < 2) return;
        picture_.rectangle(left + padding, top + box_height - 8, length, 3, 1.5,
                           std::string("fill=\"") + tint_of(b).colour + "\"");
    }

    // Arrows.

    /// Where arrow `index` of those that a box reads ends.
    double port_of(int i, int index) const {
        const auto count = static_cast<double>(box(i).reads.size());
        const double step = std::min(64.0, (box_width - 2 * padding) / count);
        return x_of(i) + step * (index - (count - 1) / 2);
    }

    /// The places from which the arrows come that a box reads, from left to right.
    std::vector<int> comes_from(int i) const {
        std::vector<int> above = layout_.place(i).above;
        std::ranges::sort(above, {}, [&](int box) { return x_of(box); });
        return above;
    }

    bool is_level(const layout_route& route, std::size_t step) const {
        return std::abs(layout_.place(route[step]).x - layout_.place(route[step + 1]).x) < 1 &&
               (step + 2 < route.size() || layout_.place(route.back()).above.size() == 1);
    }

    void place_rows() {
        std::vector<double> space(static_cast<std::size_t>(layout_.row_count()), 28);
        for (const layout_route& route : layout_.routes()) {
            for (std::size_t step = 0; step + 1 < route.size(); ++step) {
                const auto row = static_cast<std::size_t>(layout_.place(route[step + 1]).row);
                if (!is_level(route, step)) space[row] = std::max(space[row], 48.0);
                if (layout_.place(route[step + 1]).above.size() > 1) space[row] = 64;
            }
        }
        for (std::size_t row = 1; row < space.size(); ++row)
            row_top_.push_back(row_top_.back() + box_height + space[row]);
    }

    void draw_arrows() {
        std::size_t route = 0;
        for (int i = 0; i < static_cast<int>(graph_.boxes.size()); ++i) {
            for (const graph_arrow& arrow : box(i).reads) draw_arrow(layout_.routes()[route++], arrow);
        }
    }

    void draw_arrow(const layout_route& route, const graph_arrow& arrow) {
        const int to = route.back();
        const std::vector<int> above = comes_from(to);
        const auto index = std::ranges::find(above, route[route.size() - 2]) - above.begin();
        const double x = port_of(to, static_cast<int>(index));
        const double y = top_of(to);

        svg::outline line;
        line.move_to(x_of(route.front()), bottom_of(route.front()));
        for (std::size_t step = 1; step + 1 < route.size(); ++step) {
            line.fall_to(x_of(route[step]), top_of(route[step]));
            line.line_to(x_of(route[step]), bottom_of(route[step]));
        }
        line.fall_to(x, y - head_length);
        picture_.path(line, "class=\"hair\" stroke-width=\"1.5\"");

        svg::outline head;
        head.move_to(x, y - 1);
        head.line_to(x - 4, y - head_length - 1);
        head.line_to(x + 4, y - head_length - 1);
        picture_.path(head, "class=\"tip\"");
        if (box(to).reads.size() > 1)
            picture_.text(x + 7, y - 5, small_size, "start", "quiet", std::to_string(arrow.channels));
    }

    static constexpr double head_length = 8;

    plait::network_summary summary_;
    network_graph graph_;
    layered_layout layout_;
    std::vector<part> parts_;
    std::vector<double> row_top_;
    bool has_scopes_ = false;
    long long most_macs_ = 0;
    double width_ = 0;
    double middle_ = 0;  ///< where the layout's x = 0 is
    svg::picture picture_;
};

}  // namespace examples
