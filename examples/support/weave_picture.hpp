// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "svg.hpp"
#include "weave.hpp"

// Draws the channel weave: every channel of a stage is a strand that flows from left to right through the
// units, in the colour of the call that made it.

namespace examples {

namespace detail {

/// A colour and how strongly it is laid on.
struct paint {
    const char* colour = "";
    double opacity = 1;
};

/// What the calls of one unit make: the depthwise convolution's outputs and the last convolution's; of a down
/// unit, the left and the right branch's.
struct unit_colours {
    const char* light = "";
    const char* deep = "";
};

inline constexpr const char* earlier_colour = "#b4bcc8";
inline constexpr unit_colours down_colours{"#96a3b6", "#56657c"};
inline constexpr std::array<unit_colours, 7> hues{{{"#7fb0e6", "#2b69b3"},
                                                   {"#68c3b7", "#14857a"},
                                                   {"#a5cf7c", "#5a9431"},
                                                   {"#f0cb6b", "#c98f1b"},
                                                   {"#f3a986", "#d0602d"},
                                                   {"#ec95b0", "#bb3c64"},
                                                   {"#bda1dd", "#754ba6"}}};

/// Unit `index` of `count`, spread over the hues.
inline unit_colours hue_of(int index, int count) {
    const int shades = static_cast<int>(hues.size());
    return hues[static_cast<std::size_t>((2 * index + 1) * shades / (2 * count) % shades)];
}

/// "dw 3x3 / 2", "pw + ReLU", "SiLU"
inline std::string box_label(const plait::op& o) {
    if (o.kind == plait::op_kind::activate) return plait::to_string(o.act);
    std::string label = "pw";
    if (o.kind == plait::op_kind::depthwise) {
        label.assign("dw ").append(std::to_string(o.window.rows.kernel));
        label.append("\u00d7").append(std::to_string(o.window.columns.kernel));
    }
    if (o.window.rows.stride > 1) label.append(" / ").append(std::to_string(o.window.rows.stride));
    return o.act == plait::activation::none ? label : label + " + " + plait::to_string(o.act);
}

inline std::string split_label(int part, int whole) {
    const int divisor = std::gcd(part, whole);
    return std::string("split ") + std::to_string(part / divisor) + "/" + std::to_string(whole / divisor);
}

}  // namespace detail

/// Weaves one stage. Strands are kept in their order from top to bottom; every step of a unit moves or
/// remakes some of them and takes the cursor `x_` further to the right.
class weaver {
public:
    weaver(const plait::blueprint& b, const woven_stage& stage) : blueprint_(b), stage_(stage) {
        int most = 0;
        for (const woven_unit& unit : stage.units)
            most = std::max(most, static_cast<int>(unit.joined.size()));
        pitch_ = (band_height() - 2 * group_gap) / most;
        find_writers();
    }

    std::string draw(const std::string& name) {
        y_ = header_height + band_height() / 2;
        for (std::size_t begin = 0; begin < stage_.units.size(); begin += row_units()) {
            if (begin > 0) y_ += band_height() + row_gap;
            draw_row(begin, std::min(begin + row_units(), stage_.units.size()));
        }
        const double bottom = y_ + band_height() / 2 + labels_below;
        draw_title(name);
        draw_legend(bottom + 46);

        svg::picture whole;
        whole.add(woven_strands());
        whole.add(top_.body());
        return whole.to_string(right_ + margin, bottom + 104, "Channel weave of " + name);
    }

private:
    using groups = std::vector<channel_list>;

    struct strand {
        int channel;
        double y;
        svg::outline outline;
    };

    static constexpr double margin = 40;
    static constexpr double header_height = 188;
    static constexpr double labels_below = 36;
    static constexpr double row_gap = 150;
    static constexpr double group_gap = 36;
    static constexpr double rail_width = 16;
    static constexpr double split_width = 84;
    static constexpr double crossover_width = 176;
    static constexpr double shuffle_width = 164;
    static constexpr double box_width = 24;
    static constexpr double box_padding = 5;
    static constexpr int label_size = 19;

    bool wraps() const { return stage_.units.size() > 5; }
    std::size_t row_units() const { return wraps() ? 4 : 5; }
    double band_height() const { return wraps() ? 440 : 560; }
    bool starts_with_down_unit() const { return stage_.units[0].layer.name == "down unit"; }
    /// The down unit is 0.
    std::size_t number_of(std::size_t unit) const { return unit + (starts_with_down_unit() ? 0 : 1); }

    // Rows and units.

    void draw_row(std::size_t begin, std::size_t end) {
        x_ = margin;
        for (std::size_t i = begin; i < end; ++i) {
            const woven_unit& unit = stage_.units[i];
            const double left = x_;
            if (i == begin) start(unit.arriving);
            if (unit.layer.name == "down unit")
                draw_down_unit(unit);
            else
                draw_unit(unit);
            draw_bracket(left, x_, i);
        }
        for (strand& s : strands_) finish(s, x_);
        strands_.clear();
        right_ = std::max(right_, x_);
    }

    void draw_bracket(double left, double right, std::size_t unit) {
        const double y = y_ - band_height() / 2 - 40;
        top_.line(left + 6, y, right - 6, y, "class=\"hair\" stroke-width=\"1\"");
        top_.text((left + right) / 2, y - 12, 22, "middle", "ink strong", unit_word(unit));
    }

    void draw_unit(const woven_unit& unit) {
        const plait::layer_summary& layer = unit.layer;
        const plait::op& first = blueprint_.call(layer.first_op);
        const plait::op& last = blueprint_.call(layer.end_op - 1);

        rail();
        if (unit.shuffles_first()) shuffle(unit.arriving, unit.shuffled);
        const int channels = static_cast<int>(unit.joined.size());
        move(split_width, split_groups(unit.shuffled, first, last),
             detail::split_label(first.in.count, channels));
        for (int i = layer.first_op; i < layer.end_op; ++i) {
            const plait::op& o = blueprint_.call(i);
            if (i > layer.first_op && crosses_over(i))
                move(crossover_width, crossed_groups(unit.joined, o, last), "crossover");
            box(o);
        }
        leave(unit);
    }

    /// Both branches read every channel: each strand forks.
    void draw_down_unit(const woven_unit& unit) {
        const int first = unit.layer.first_op;
        const plait::op& left_depthwise = blueprint_.call(first);
        const plait::op& left = blueprint_.call(first + 1);
        const plait::op& expand = blueprint_.call(first + 2);
        const plait::op& depthwise = blueprint_.call(first + 3);
        const plait::op& right = blueprint_.call(first + 4);
        const double total = pitch_ * (left.out.count + right.out.count) + group_gap;
        const double left_y = y_ - total / 2 + pitch_ * left.out.count / 2;
        const double right_y = y_ + total / 2 - pitch_ * right.out.count / 2;

        rail();
        fork(left_y, right_y);
        box(expand);
        const double column = x_;
        box(left_depthwise);
        x_ = column;
        box(depthwise);
        const double last_column = x_;
        box(left);
        x_ = last_column;
        box(right);
        leave(unit);
    }

    void leave(const woven_unit& unit) {
        if (unit.shuffles_last())
            shuffle(unit.joined, unit.leaving);
        else
            move(split_width, {unit.joined}, "concat");
        rail();
    }

    // Steps.

    void rail() { x_ += rail_width; }

    void shuffle(const channel_list& from, const channel_list& to) {
        const auto count = shuffle_groups(from, to);
        move(shuffle_width, {to}, count ? std::string("shuffle ") + std::to_string(*count) : "shuffle");
    }

    void start(const channel_list& order) {
        double y = y_ - pitch_ * static_cast<double>(order.size() - 1) / 2;
        for (const int channel : order) {
            strands_.push_back(begin_strand(channel, x_, y));
            y += pitch_;
        }
    }

    /// Every strand to its place in `order`.
    void move(double width, const groups& order, const std::string& label) {
        std::map<int, double> place_of;
        std::map<int, std::size_t> rank_of;
        for (const auto& [channel, y] : places(order)) {
            rank_of[channel] = place_of.size();
            place_of[channel] = y;
        }
        bend(strands_, width, [&](const strand& s) { return place_of.at(s.channel); });
        std::ranges::sort(strands_, {}, [&](const strand& s) { return rank_of.at(s.channel); });
        step_label(x_ + width / 2, label);
        x_ += width;
    }

    void fork(double left_y, double right_y) {
        std::vector<strand> left = strands_;
        std::vector<strand> right = std::move(strands_);
        bend(left, split_width, [&](const strand& s) { return s.y + left_y - y_; });
        bend(right, split_width, [&](const strand& s) { return s.y + right_y - y_; });
        strands_ = std::move(left);
        strands_.insert(strands_.end(), right.begin(), right.end());
        step_label(x_ + split_width / 2, "fork");
        x_ += split_width;
    }

    /// Strands, from top to bottom, to the places that `place_of` says. Neighbours that go the same way turn
    /// one after another, so that they stay apart where the way is steep.
    template <class PlaceOf>
    void bend(std::vector<strand>& strands, double width, PlaceOf place_of) const {
        const auto rise = [&](const strand& s) { return place_of(s) - s.y; };
        for (std::size_t begin = 0; begin < strands.size();) {
            const bool down = rise(strands[begin]) > 0;
            std::size_t end = begin;
            double steepest = 0;
            while (end < strands.size() && (rise(strands[end]) > 0) == down) {
                steepest = std::max(steepest, std::abs(rise(strands[end])) / width);
                ++end;
            }
            const auto count = static_cast<double>(end - begin);
            const double room = std::min(.42 * width, .7 * pitch_ * count * std::min(1.0, steepest));
            for (std::size_t i = begin; i < end; ++i) {
                const double turn = static_cast<double>(down ? end - 1 - i : i - begin) / count;
                strand& s = strands[i];
                const double y = place_of(s);
                s.outline.line_to(x_ + room * turn, s.y);
                s.outline.curve_to(x_ + width - room * (1 - turn), y);
                s.y = y;
            }
            begin = end;
        }
    }

    /// A convolution: the strands that it reads end, those that it makes begin.
    void box(const plait::op& o) {
        const std::string label = detail::box_label(o);
        const double width = std::max(64.0, 10.9 * static_cast<double>(label.size()) + 12);
        const double left = x_ + (width - box_width) / 2;
        const double right = left + box_width;
        const bool one_by_one = o.kind != plait::op_kind::pointwise;

        const auto first = reads_from(o);
        const auto end = first + o.in.count;
        const double centre = (first->y + (end - 1)->y) / 2;
        const double half = pitch_ * std::max(o.in.count, o.out.count) / 2 + box_padding;
        if (!one_by_one) draw_mesh(left, right, *first, *(end - 1), o.out.count);

        const double seam = (left + right) / 2;
        std::vector<strand> made;
        for (int i = 0; i < o.out.count; ++i) {
            const double y = centre + pitch_ * (i - (o.out.count - 1) / 2.0);
            made.push_back(begin_strand(blueprint_.channel(o.out, i), one_by_one ? seam : right, y));
        }
        for (auto s = first; s != end; ++s) finish(*s, one_by_one ? seam : left);
        const auto at = strands_.erase(first, end);
        strands_.insert(at, made.begin(), made.end());

        top_.rectangle(left, centre - half, box_width, 2 * half, 6, "class=\"box\" stroke-width=\"1.2\"");
        top_.text(seam, centre - half - 8, label_size, "middle", "ink", label);
        x_ += width;
    }

    /// Whether call `i` reads more than the one before it made.
    bool crosses_over(int i) const {
        const channel_list made = channels_of(blueprint_, blueprint_.call(i - 1).out);
        return std::ranges::any_of(channels_of(blueprint_, blueprint_.call(i).in),
                                   [&](int channel) { return !contains(made, channel); });
    }

    /// Of two copies of the same strands, the lower.
    std::vector<strand>::iterator reads_from(const plait::op& o) {
        const int channel = blueprint_.channel(o.in, 0);
        const auto found = std::ranges::find(strands_.rbegin(), strands_.rend(), channel, &strand::channel);
        return found.base() - 1;
    }

    // Orders.

    /// The bank and what is transformed, in the order in which they stand; of the bank, what the last
    /// convolution reads stands apart from what it does not.
    groups split_groups(const channel_list& order, const plait::op& first, const plait::op& last) const {
        const channel_list transformed = channels_of(blueprint_, first.in);
        const channel_list mixed = channels_of(blueprint_, last.in);
        return grouped(order, [&](int channel) {
            if (contains(transformed, channel)) return 0;
            return contains(mixed, channel) ? 1 : 2;
        });
    }

    /// Before the last call as the unit will join them, with what it reads where its outputs will be; before
    /// another that crosses over, what it reads on that side of what it does not.
    groups crossed_groups(const channel_list& joined, const plait::op& o, const plait::op& last) const {
        const channel_list made = channels_of(blueprint_, last.out);
        const channel_list read = channels_of(blueprint_, o.in);
        if (&o != &last) {
            channel_list others;
            for (const strand& s : strands_)
                if (!contains(read, s.channel)) others.push_back(s.channel);
            return contains(made, joined.front()) ? groups{read, others} : groups{others, read};
        }
        groups result;
        for (const channel_list& group : grouped(joined, [&](int c) { return contains(made, c) ? 0 : 1; }))
            result.push_back(contains(made, group.front()) ? read : group);
        return result;
    }

    static bool contains(const channel_list& list, int channel) {
        return std::ranges::find(list, channel) != list.end();
    }

    /// Neighbours of one kind together.
    template <class Kind>
    static groups grouped(const channel_list& order, Kind kind_of) {
        groups result;
        for (const int channel : order) {
            if (result.empty() || kind_of(result.back().front()) != kind_of(channel)) result.emplace_back();
            result.back().push_back(channel);
        }
        return result;
    }

    /// Where the channels of the groups stand, from top to bottom about the middle of the row.
    std::vector<std::pair<int, double>> places(const groups& order) const {
        std::vector<std::pair<int, double>> result;
        double y = 0;
        for (const channel_list& group : order) {
            for (const int channel : group) {
                result.emplace_back(channel, y);
                y += pitch_;
            }
            y += group_gap;
        }
        const double height = y - group_gap - pitch_;
        for (auto& place : result) place.second += y_ - height / 2;
        return result;
    }

    // Strands and their colours.

    void find_writers() {
        writer_.assign(blueprint_.last_reader.size(), -1);
        unit_of_op_.assign(blueprint_.ops.size(), -1);
        for (int i = 0; i < blueprint_.op_count(); ++i) {
            for (const int channel : channels_of(blueprint_, blueprint_.call(i).out))
                writer_[static_cast<std::size_t>(channel)] = i;
        }
        for (std::size_t u = 0; u < stage_.units.size(); ++u) {
            const plait::layer_summary& layer = stage_.units[u].layer;
            std::fill(unit_of_op_.begin() + layer.first_op, unit_of_op_.begin() + layer.end_op,
                      static_cast<int>(u));
        }
    }

    int writer_of(int channel) const { return writer_[static_cast<std::size_t>(channel)]; }
    int unit_of(int op) const { return op < 0 ? -1 : unit_of_op_[static_cast<std::size_t>(op)]; }

    detail::unit_colours colours_of(int unit) const {
        const int number = static_cast<int>(number_of(static_cast<std::size_t>(unit)));
        if (number == 0) return detail::down_colours;
        return detail::hue_of(number - 1, static_cast<int>(number_of(stage_.units.size() - 1)));
    }

    detail::paint paint_of(int op) const {
        const int unit = unit_of(op);
        if (unit < 0) return {detail::earlier_colour, 1};
        const detail::unit_colours colours = colours_of(unit);
        const plait::layer_summary& layer = stage_.units[static_cast<std::size_t>(unit)].layer;
        if (op == layer.end_op - 1) return {colours.deep, 1};
        if (is_left(layer, op)) return {colours.light, 1};
        const channel_list made = channels_of(blueprint_, blueprint_.call(op).out);
        const channel_list& joined = stage_.units[static_cast<std::size_t>(unit)].joined;
        const bool leaves = std::ranges::any_of(made, [&](int channel) { return contains(joined, channel); });
        return {colours.light, leaves ? 1 : .5};
    }

    static strand begin_strand(int channel, double x, double y) {
        strand s{channel, y, {}};
        s.outline.move_to(x, y);
        return s;
    }

    /// All strands that one call made are one path.
    void finish(strand& s, double x) {
        s.outline.line_to(x, s.y);
        int writer = writer_of(s.channel);
        if (unit_of(writer) < 0) writer = -1;
        outlines_[writer] += s.outline.text();
    }

    /// The thinner the strands, the less ground between them.
    double stroke_width() const { return pitch_ * std::clamp(.72 - .028 * pitch_, .44, .72); }

    std::string woven_strands() const {
        std::string text = "<g fill=\"none\" stroke-width=\"" + svg::number(stroke_width()) + "\">";
        for (const auto& [writer, outline] : outlines_) {
            const detail::paint paint = paint_of(writer);
            text += "\n<path d=\"" + outline + "\" stroke=\"" + paint.colour + "\"";
            if (paint.opacity < 1) text += " stroke-opacity=\"" + svg::number(paint.opacity) + "\"";
            text += "/>";
        }
        return text + "\n</g>";
    }

    // Words.

    void step_label(double x, const std::string& label) {
        top_.text(x, y_ + band_height() / 2 + labels_below - 8, label_size, "middle", "quiet", label);
    }

    /// A hint that every output is made of every input.
    void draw_mesh(double left, double right, const strand& first, const strand& last, int outputs) {
        constexpr int threads = 6;
        const double centre = (first.y + last.y) / 2;
        const double in_step = (last.y - first.y) / (threads - 1);
        const double out_height = pitch_ * (outputs - 1);
        svg::outline mesh;
        for (int i = 0; i < threads; ++i) {
            for (int j = 0; j < threads; ++j) {
                mesh.move_to(left, first.y + in_step * i);
                mesh.line_to(right, centre - out_height / 2 + out_height * j / (threads - 1));
            }
        }
        top_.path(mesh, "class=\"hair\" stroke-width=\".7\" stroke-opacity=\".55\"");
    }

    void draw_title(const std::string& name) {
        const plait::shape s = stage_.units.back().layer.output;
        const std::string subject = name + ", stage " + std::to_string(stage_.number) + ": " +
                                    std::to_string(s.channels) + " channels of " + std::to_string(s.height) +
                                    " \u00d7 " + std::to_string(s.width);
        top_.add("<text x=\"" + svg::number(margin) +
                 "\" y=\"52\"><tspan font-size=\"32\" class=\"ink strong\">Channel weave</tspan>"
                 "<tspan dx=\"18\" font-size=\"24\" class=\"quiet\">" +
                 svg::escaped(subject) + "</tspan></text>");
        top_.text(
            margin, 90, 20, "start", "quiet",
            "A strand is a channel, its colour the call that made it. Convolutions make new strands; split, "
            "crossover, concat and shuffle only rename them: no data moves.");
    }

    /// Of each unit, the colours of what it makes and how much of it leaves the stage.
    void draw_legend(double y) {
        const channel_list& leaving = stage_.units.back().leaving;
        top_.text(margin, y, label_size, "start", "ink strong", "made by");
        top_.text(margin, y + 29, label_size, "start", "quiet",
                  "of the " + std::to_string(leaving.size()) + " at the end");
        const double first = margin + 260;
        const double step = std::min(320.0, (right_ - first) / static_cast<double>(stage_.units.size()));
        for (std::size_t u = 0; u < stage_.units.size(); ++u)
            legend_entry(first + step * static_cast<double>(u), y, u, leaving);
    }

    void legend_entry(double x, double y, std::size_t unit, const channel_list& leaving) {
        const plait::layer_summary& layer = stage_.units[unit].layer;
        top_.text(x, y, label_size, "start", "ink strong", unit_word(unit));
        for (int i = layer.first_op; i < layer.end_op; ++i) {
            const detail::paint paint = paint_of(i);
            if (paint.opacity < 1) continue;
            const auto left = std::count_if(leaving.begin(), leaving.end(),
                                            [&](int channel) { return writer_of(channel) == i; });
            const std::string word = std::string(maker_word(blueprint_.call(i))) + " " + std::to_string(left);
            top_.rectangle(x, y + 18, 22, 10, 3, std::string("fill=\"") + paint.colour + "\"");
            top_.text(x + 29, y + 29, label_size, "start", "quiet", word);
            x += 29 + 11 * static_cast<double>(word.size()) + 14;
        }
    }

    std::string unit_word(std::size_t unit) const {
        return number_of(unit) == 0 ? "down unit" : "unit " + std::to_string(number_of(unit));
    }

    const char* maker_word(const plait::op& o) const {
        const bool in_down_unit =
            starts_with_down_unit() && o.block == blueprint_.call(stage_.units[0].layer.first_op).block;
        if (o.kind == plait::op_kind::depthwise) return "dw";
        if (!in_down_unit) return "pw";
        return is_left(stage_.units[0].layer, static_cast<int>(&o - blueprint_.ops.data())) ? "left"
                                                                                            : "right";
    }

    /// Of a down unit: whether a call ends its left branch, which is its first two.
    static bool is_left(const plait::layer_summary& layer, int op) {
        return layer.name == "down unit" && op == layer.first_op + 1;
    }

    const plait::blueprint& blueprint_;
    const woven_stage& stage_;
    std::vector<int> writer_;      ///< the op that made a channel; -1 for the network's input
    std::vector<int> unit_of_op_;  ///< of the stage; -1 elsewhere
    double pitch_ = 0;

    double x_ = 0;
    double y_ = 0;  ///< the middle of the row
    double right_ = 0;
    std::vector<strand> strands_;
    std::map<int, std::string> outlines_;
    svg::picture top_;
};

}  // namespace examples
