// SPDX-License-Identifier: BSD-3-Clause
// JSON text, and the header of a weight file: what Plait reads of it is what nlohmann-json reads.
#include <vector>

#include "../io/json_by_nlohmann.hpp"
#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // A copy of its own, so that a byte read past the end is seen.
    const std::vector<char> exact(data, data + size);
    const std::string_view text(exact.data(), exact.size());
    const json_events events = events_by_plait(text);
    const gathered_header header = header_by_plait(text);
    if (!nlohmann_reads_it_all(text)) {
        expect(!events.whole && !header.whole, "zeros and byte order marks are not JSON");
        return 0;
    }
    expect(events == events_by_nlohmann(text), "events are nlohmann-json's");
    expect(is_same(header, header_by_nlohmann(text)), "headers are nlohmann-json's");
    return 0;
}
