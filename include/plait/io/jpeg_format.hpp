// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "plait/core/target.hpp"
#include "plait/io/encoded_picture.hpp"
#include "plait/io/jpeg_scan.hpp"

// What a JPEG says of itself (ITU-T T.81, annex B), and whether all is there.

namespace plait::inline PLAIT_TARGET::detail {

inline constexpr std::string_view jpeg_magic = "\xff\xd8\xff";

inline constexpr std::uint32_t jpeg_huffman_tables = 0xc4;
inline constexpr std::uint32_t jpeg_end_of_image = 0xd9;
inline constexpr std::uint32_t jpeg_start_of_scan = 0xda;
inline constexpr std::uint32_t jpeg_quantisation_tables = 0xdb;
inline constexpr std::uint32_t jpeg_restart_interval = 0xdd;
inline constexpr std::uint32_t jpeg_exif = 0xe1;

struct jpeg_marker {
    std::uint32_t code = 0;   ///< 0: there is none
    std::size_t content = 0;  ///< where its segment begins: two bytes of length

    bool starts_frame() const {
        const bool is_other = code == jpeg_huffman_tables || code == 0xc8 || code == 0xcc;
        return code >= 0xc0 && code <= 0xcf && !is_other;
    }
};

/// The first marker from `at` on, apart from those that belong into a scan.
inline jpeg_marker find_jpeg_marker(const encoded_picture& jpeg, std::size_t at) {
    for (; at + 1 < jpeg.size(); ++at) {
        const std::uint32_t code = jpeg.at(at + 1);
        const bool belongs_into_scan = code == 0 || (code >= 0xd0 && code <= 0xd7);
        if (jpeg.at(at) == 0xff && code != 0xff && !belongs_into_scan) return {code, at + 2};
    }
    return {};
}

inline jpeg_marker first_jpeg_marker(const encoded_picture& jpeg) { return find_jpeg_marker(jpeg, 2); }

inline std::size_t jpeg_segment_end(const encoded_picture& jpeg, jpeg_marker marker) {
    return marker.content + std::max(jpeg.big16(marker.content), 2u);
}

inline jpeg_marker next_jpeg_marker(const encoded_picture& jpeg, jpeg_marker marker) {
    return find_jpeg_marker(jpeg, jpeg_segment_end(jpeg, marker));
}

inline picture_header jpeg_header(const encoded_picture& jpeg) {
    jpeg_marker marker = first_jpeg_marker(jpeg);
    while (!marker.starts_frame()) {
        if (marker.code == 0 || marker.code == jpeg_end_of_image) return {};
        marker = next_jpeg_marker(jpeg, marker);
    }
    const std::size_t frame = marker.content;
    const std::int64_t width = jpeg.big16(frame + 5);
    const std::int64_t height = jpeg.big16(frame + 3);
    return {width, height, static_cast<int>(jpeg.at(frame + 7)), jpeg.size() >= frame + 8};
}

/// Of a Huffman table, whose kind is at `table`.
inline std::uint32_t huffman_codes(const encoded_picture& jpeg, std::size_t table) {
    std::uint32_t codes = 0;
    for (std::size_t length = 1; length <= 16; ++length) codes += jpeg.at(table + length);
    return codes;
}

/// Whether the tables of a segment have at most 256 codes each and end with it.
inline bool huffman_tables_are_sound(const encoded_picture& jpeg, jpeg_marker marker) {
    const std::size_t end = jpeg_segment_end(jpeg, marker);
    std::size_t at = marker.content + 2;
    while (at < end) {
        const std::uint32_t codes = huffman_codes(jpeg, at);
        if (codes > 256) return false;
        at += 17 + codes;
    }
    return at == end;
}

/// Each scan takes time for the whole picture, however few bytes it has. Encoders make about ten.
inline constexpr int most_jpeg_scans = 100;

/// The end of the image must follow a scan. Huffman tables that are too long are found here because stb_image
/// 2.27 writes past its own.
inline const char* jpeg_segment_fault(const encoded_picture& jpeg) {
    int scans = 0;
    jpeg_marker marker = first_jpeg_marker(jpeg);
    while (marker.code != jpeg_end_of_image) {
        if (marker.code == 0 || jpeg_segment_end(jpeg, marker) > jpeg.size()) return is_truncated;
        if (marker.code == jpeg_start_of_scan && ++scans > most_jpeg_scans) return "has more than 100 scans";
        if (marker.code == jpeg_huffman_tables && !huffman_tables_are_sound(jpeg, marker)) return is_damaged;
        marker = next_jpeg_marker(jpeg, marker);
    }
    return scans > 0 ? no_fault : is_truncated;
}

/// Follows a JPEG's segments as a decoder does, and says what it would have to make up.
class jpeg_checker {
public:
    explicit jpeg_checker(const encoded_picture& jpeg) : jpeg_(jpeg) {}

    const char* fault() {
        jpeg_marker marker = first_jpeg_marker(jpeg_);
        for (; marker.code != jpeg_end_of_image; marker = next_jpeg_marker(jpeg_, marker)) {
            if (const char* why = segment_fault(marker); *why != '\0') return why;
        }
        const bool is_whole = std::all_of(frame_.components.begin(), frame_.components.end(),
                                          [](const auto& component) { return component.is_begun(); });
        return is_whole ? no_fault : "has no scan of one of its components";
    }

private:
    const char* segment_fault(jpeg_marker marker) {
        if (marker.starts_frame()) return frame_fault(marker);
        switch (marker.code) {
            case jpeg_quantisation_tables: return define_quantisation(marker) ? no_fault : is_damaged;
            case jpeg_huffman_tables: return define_huffman(marker) ? no_fault : is_damaged;
            case jpeg_restart_interval: restart_interval_ = jpeg_.big16(marker.content + 2); return no_fault;
            case jpeg_start_of_scan: return scan_fault(marker);
            default: return no_fault;
        }
    }

    const char* frame_fault(jpeg_marker marker) {
        const std::size_t at = marker.content;
        if (marker.code > 0xc2) {
            return "is a lossless, hierarchical or arithmetic-coded JPEG where a baseline or progressive one "
                   "was "
                   "expected";
        }
        if (jpeg_.at(at + 2) != 8) return "is a JPEG of more than 8 bits a channel, which is not read";
        const std::uint32_t count = jpeg_.at(at + 7);
        const bool is_first = frame_.components.empty();
        if (!is_first || (count != 1 && count != 3) || jpeg_.big16(at) != 8 + 3 * count) return is_damaged;
        frame_.is_progressive = marker.code == 0xc2;
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t entry = at + 8 + 3 * i;
            jpeg_component component;
            component.id = jpeg_.at(entry);
            component.across = static_cast<int>(jpeg_.at(entry + 1) >> 4);
            component.down = static_cast<int>(jpeg_.at(entry + 1) & 15);
            component.quantisation = jpeg_.at(entry + 2);
            if (component.across < 1 || component.across > 4 || component.down < 1 || component.down > 4 ||
                component.quantisation >= quantisation_is_defined_.size()) {
                return is_damaged;
            }
            frame_.components.push_back(std::move(component));
        }
        const int width = static_cast<int>(jpeg_.big16(at + 5));
        const int height = static_cast<int>(jpeg_.big16(at + 3));
        return measure(width, height) ? no_fault : is_damaged;
    }

    /// False where a component's sampling is no whole fraction of the finest, which decoders do not keep to.
    bool measure(int width, int height) {
        const auto in_pieces_of = [](int size, int piece) { return (size + piece - 1) / piece; };
        int across = 1, down = 1;
        for (const jpeg_component& component : frame_.components) {
            across = std::max(across, component.across);
            down = std::max(down, component.down);
        }
        frame_.units_across = in_pieces_of(width, 8 * across);
        frame_.units_down = in_pieces_of(height, 8 * down);
        for (jpeg_component& component : frame_.components) {
            if (across % component.across != 0 || down % component.down != 0) return false;
            component.blocks_across = in_pieces_of(width, 8 * (across / component.across));
            component.blocks_down = in_pieces_of(height, 8 * (down / component.down));
            component.row = frame_.units_across * component.across;
            component.blocks = static_cast<std::size_t>(component.row) *
                               static_cast<std::size_t>(frame_.units_down * component.down);
        }
        return true;
    }

    bool define_quantisation(jpeg_marker marker) {
        const std::size_t end = jpeg_segment_end(jpeg_, marker);
        std::size_t at = marker.content + 2;
        while (at < end) {
            const std::uint32_t precision = jpeg_.at(at) >> 4;
            const std::uint32_t id = jpeg_.at(at) & 15;
            if (precision > 1 || id >= quantisation_is_defined_.size() || is_in_use(id)) return false;
            const std::size_t bytes = 1 + precision;
            for (std::size_t i = at + 1; i < at + 1 + 64 * bytes; i += bytes) {
                if ((precision == 0 ? jpeg_.at(i) : jpeg_.big16(i)) == 0) return false;
            }
            quantisation_is_defined_[id] = true;
            at += 1 + 64 * bytes;
        }
        return at == end;
    }

    /// Whether a progressive picture has begun with the table, and a decoder would put another in its place.
    bool is_in_use(std::uint32_t quantisation) const {
        const auto is_begun_with_it = [quantisation](const jpeg_component& component) {
            return component.quantisation == quantisation && component.is_begun();
        };
        return frame_.is_progressive &&
               std::any_of(frame_.components.begin(), frame_.components.end(), is_begun_with_it);
    }

    bool define_huffman(jpeg_marker marker) {
        const std::size_t end = jpeg_segment_end(jpeg_, marker);
        for (std::size_t at = marker.content + 2; at < end;) {
            const std::uint32_t kind = jpeg_.at(at) >> 4;
            const std::uint32_t id = jpeg_.at(at) & 15;
            if (kind > 1 || id >= dc_.size()) return false;
            if (!(kind == 0 ? dc_ : ac_)[id].define(jpeg_, at + 1)) return false;
            at += 17 + huffman_codes(jpeg_, at);
        }
        return true;
    }

    const char* scan_fault(jpeg_marker marker) {
        const std::size_t at = marker.content;
        const std::uint32_t count = jpeg_.at(at + 2);
        if (count < 1 || count > frame_.components.size() || jpeg_.big16(at) != 6 + 2 * count)
            return is_damaged;
        const std::size_t parameters = at + 3 + 2 * count;
        jpeg_scan scan;
        scan.is_progressive = frame_.is_progressive;
        if (scan.is_progressive) {
            scan.first = static_cast<int>(jpeg_.at(parameters));
            scan.last = static_cast<int>(jpeg_.at(parameters + 1));
            scan.high = static_cast<int>(jpeg_.at(parameters + 2) >> 4);
            scan.low = static_cast<int>(jpeg_.at(parameters + 2) & 15);
        }
        const bool is_one_kind = scan.first > 0 ? count == 1 : scan.last == 0 || !scan.is_progressive;
        if (scan.first > scan.last || scan.last > 63 || scan.low > 13 || !is_one_kind) return is_damaged;

        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t entry = at + 3 + 2 * i;
            const auto is_meant = [id = jpeg_.at(entry)](const jpeg_component& c) { return c.id == id; };
            const auto component = std::find_if(frame_.components.begin(), frame_.components.end(), is_meant);
            const std::uint32_t dc = jpeg_.at(entry + 1) >> 4;
            const std::uint32_t ac = jpeg_.at(entry + 1) & 15;
            if (component == frame_.components.end() || dc >= dc_.size() || ac >= ac_.size())
                return is_damaged;
            if (!quantisation_is_defined_[component->quantisation]) {
                return "lacks a quantisation table that one of its scans needs";
            }
            if ((scan.needs_dc() && !dc_[dc].is_defined()) || (scan.needs_ac() && !ac_[ac].is_defined())) {
                return "lacks a Huffman table that one of its scans needs";
            }
            if (!comes_next(scan, *component)) return is_damaged;
            if (scan.first > 0) component->coefficients.resize(component->blocks);
            scan.components.push_back({&*component, &dc_[dc], &ac_[ac]});
        }
        return jpeg_scan_reader(jpeg_, jpeg_segment_end(jpeg_, marker), scan)
            .fault(frame_, restart_interval_);
    }

    /// Whether the scan brings what is next of its coefficients: first the highest bits, those of the first
    /// coefficient before all, then bit by bit.
    static bool comes_next(const jpeg_scan& scan, jpeg_component& component) {
        if (scan.first > 0 && !component.is_begun()) return false;
        for (int i = scan.first; i <= scan.last; ++i) {
            int& lowest = component.lowest_bit[static_cast<std::size_t>(i)];
            const bool is_begun = lowest != jpeg_component::nothing_yet;
            if (is_begun ? scan.high != lowest || scan.low != lowest - 1 : scan.high != 0) return false;
            lowest = scan.low;
        }
        return true;
    }

    const encoded_picture& jpeg_;
    jpeg_frame frame_;
    std::array<bool, 4> quantisation_is_defined_{};
    std::array<jpeg_huffman_table, 4> dc_;
    std::array<jpeg_huffman_table, 4> ac_;
    std::uint32_t restart_interval_ = 0;
};

/// All that a decoder needs must be there: it would fill in grey.
inline const char* jpeg_fault(const encoded_picture& jpeg) {
    const char* const why = jpeg_segment_fault(jpeg);
    return *why != '\0' ? why : jpeg_checker(jpeg).fault();
}

/// The TIFF header before the first scan; empty if there is none.
inline std::span<const std::byte> exif_of_jpeg(const encoded_picture& jpeg) {
    constexpr std::string_view begin("Exif\0\0", 6);
    jpeg_marker marker = first_jpeg_marker(jpeg);
    for (; marker.code != jpeg_start_of_scan && marker.code != 0; marker = next_jpeg_marker(jpeg, marker)) {
        const auto content = jpeg.part(std::min(marker.content + 2, jpeg.size()),
                                       std::min(jpeg_segment_end(jpeg, marker), jpeg.size()));
        if (marker.code == jpeg_exif && encoded_picture(content).starts_with(begin)) {
            return content.subspan(begin.size());
        }
    }
    return {};
}

inline std::vector<std::byte> decodable_jpeg(const encoded_picture&) { return {}; }

}  // namespace plait::inline PLAIT_TARGET::detail
