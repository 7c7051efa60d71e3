// SPDX-License-Identifier: BSD-3-Clause
// JSON text, and the header of a weight file: what Plait reads of it is what nlohmann-json reads.
#include "../io/json_by_nlohmann.hpp"
#include "fuzz.hpp"
#include "plait/io/safetensors.hpp"

namespace {

bool is_same(const plait::detail::header_entry& a, const plait::detail::header_entry& b) {
    return a.name == b.name && a.type == b.type && a.dimensions == b.dimensions && a.offsets == b.offsets;
}

bool is_same(const plait::metadata_entry& a, const plait::metadata_entry& b) {
    return a.key == b.key && a.value == b.value;
}

template <class Entries>
bool are_same(const Entries& a, const Entries& b) {
    return std::ranges::equal(a, b, [](const auto& x, const auto& y) { return is_same(x, y); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // A copy of its own, so that a byte read past the end is seen.
    const std::vector<char> exact(data, data + size);
    const std::string_view text(exact.data(), exact.size());
    const json_events events = events_by_plait(text);
    plait::detail::safetensors_header header;
    const bool is_header = plait::detail::json_reader(text, header).read();
    if (!nlohmann_reads_it_all(text)) {
        expect(text.find('\0') == std::string_view::npos || !events.whole, "a zero is not JSON");
        return 0;
    }
    expect(events == events_by_nlohmann(text), "events are nlohmann-json's");

    plait::detail::safetensors_header expected;
    expect(is_header == read_by_nlohmann(text, expected), "headers are taken as nlohmann-json's are");
    expect(header.refusal == expected.refusal, "headers are refused as nlohmann-json's are");
    expect(are_same(header.entries, expected.entries), "tensors are nlohmann-json's");
    expect(are_same(header.metadata, expected.metadata), "metadata is nlohmann-json's");
    return 0;
}
