#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Checks the links of a built site, without a network.

usage: check_links.py SITE [--external]

Pages, anchors and files that a page's links, pictures, styles and scripts lead to must be there, within the site. Links
that leave the site are counted, not followed; --external lists them.
"""
import collections
import html.parser
import pathlib
import sys
import urllib.parse

ATTRIBUTES = {"href", "src"}


class Page(html.parser.HTMLParser):
    def __init__(self, file):
        super().__init__()
        self.anchors, self.links, self.without_text = set(), [], []
        self.feed(file.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.anchors.update(found[name] for name in ("id", "name") if found.get(name))
        self.links += [found[name] for name in sorted(ATTRIBUTES & set(found)) if found[name]]
        if tag == "img" and not found.get("alt"):
            self.without_text.append(found.get("src"))


def faults_of(site, file, pages, external):
    page = pages[file]
    for source in page.without_text:
        yield f"the picture {source} has no text in its place"
    for link in page.links:
        parts = urllib.parse.urlsplit(link)
        if parts.scheme or parts.netloc:
            if parts.scheme not in ("data", "mailto"):
                external[link].add(file)
            continue
        target = file if not parts.path else (file.parent / urllib.parse.unquote(parts.path)).resolve()
        if site not in (target, *target.parents):
            yield f"{link} leaves the site's folder"
        elif not target.is_file():
            yield f"{link} leads nowhere"
        elif parts.fragment and target in pages:
            if urllib.parse.unquote(parts.fragment) not in pages[target].anchors:
                yield f"{link} names an anchor that is not on that page"


def main(arguments):
    folders = [argument for argument in arguments if argument != "--external"]
    if len(folders) != 1 or not (pathlib.Path(folders[0]) / "index.html").is_file():
        print(__doc__, file=sys.stderr)
        return 2
    site = pathlib.Path(folders[0]).resolve()
    pages = {file: Page(file) for file in sorted(site.rglob("*.html"))}
    external = collections.defaultdict(set)
    faults = [f"{file.relative_to(site)}: {fault}" for file in pages
              for fault in sorted(set(faults_of(site, file, pages, external)))]
    if faults:
        print("\n".join(faults))
        return 1
    if "--external" in arguments:
        print("\n".join(sorted(external)))
    links = sum(len(page.links) for page in pages.values())
    print(f"{links} links on {len(pages)} pages lead somewhere; {len(external)} leave the site and were not followed")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
