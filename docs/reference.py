#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Makes the reference pages of what Doxygen has read from the headers.

A page of docs/reference lists headers in a block:

    ```{headers}
    io/load.hpp load
    io/*.hpp
    ```

and gets every public name of theirs: how it is declared, what its docstring says, its header. Names after a header come
before its others. A pattern stands for headers that no page lists by name. Public is what is neither private nor in a
namespace `detail`.

usage: reference.py FOLDER_OF_DOXYGEN_XML    fails where a name has no docstring, or a header no page

As an extension of Sphinx it takes the folder from `doxygen_xml` in conf.py.
"""
import collections
import fnmatch
import pathlib
import re
import sys
import textwrap
import xml.etree.ElementTree as ElementTree

DOCS = pathlib.Path(__file__).resolve().parent
INCLUDE = DOCS.parent / "include" / "plait"
LINE = 80
TYPES = ("class", "struct", "concept")
# Members that need no docstring: blocks explain the first once for all; of the others C++ itself says what they do.
KNOWN_MEMBERS = re.compile(r"check|lower|of|begin|end|data|size|operator.*")

# Of a class's constants; what others are computed from is nothing to read.
SIMPLE_VALUE = re.compile(r" = (-?\w+|\"[^\"]*\"|true|false)")

HEADERS_BLOCK = re.compile(r"^```\{headers\}\n(?P<patterns>.*?)^```\n", re.MULTILINE | re.DOTALL)


# What Doxygen's XML says, as C++ and as Markdown.

def tidy(code):
    """Doxygen's spaces as clang-format would have them."""
    code = " ".join(code.split())
    code = re.sub(r"<\s+", "<", code)
    code = re.sub(r"\s+>", ">", code)
    code = re.sub(r"\s+([&*]+)(?=[\w),.])", r"\1 ", code)
    code = re.sub(r"([&*]) (?=[),])", r"\1", code)
    code = re.sub(r"\s+([&*]+)$", r"\1", code)
    code = re.sub(r"\s*=\s*(default|delete)$", r" = \1", code).replace("& ...", "&...").replace("{ .", "{.")
    code = re.sub(r"(?<=\w)=(?=[\w\"{])", " = ", code)
    code = re.sub(r"\)([&]+)$", r") \1", code)
    return re.sub(r"\s+", " ", code.replace("( ", "(").replace("plait::", ""))


def text_of(element, name):
    found = element.find(name)
    return "" if found is None else "".join(found.itertext())


def markdown(element):
    """The text of one of Doxygen's paragraphs."""
    text = element.text or ""
    for child in element:
        inner = markdown(child)
        if child.tag == "computeroutput":
            inner = f"`{''.join(child.itertext())}`"
        elif child.tag == "superscript":
            inner = f"^{inner}"
        elif child.tag in ("para", "listitem", "itemizedlist"):
            inner = f"\n\n{inner}"
        elif child.tag == "ndash":
            inner = "--"
        text += inner + (child.tail or "")
    return text


def docstring(element):
    parts = [markdown(part) for kind in ("briefdescription", "detaileddescription")
             for part in element.findall(f"{kind}/para")]
    return "\n\n".join(" ".join(part.split()) for part in parts)


def template_of(element):
    """`template <int Classes = 1000>`, or nothing."""
    parameters = element.find("templateparamlist")
    if parameters is None:
        return ""
    words = []
    for parameter in parameters.findall("param"):
        name = text_of(parameter, "declname")
        default = tidy(text_of(parameter, "defval"))
        words.append(" ".join([tidy(text_of(parameter, "type")), name]).strip() + (f" = {default}" if default else ""))
    clause = " ".join(text_of(element, "requiresclause").split())
    return f"template <{', '.join(words)}>" + (f"\n    requires{clause}" if clause else "")


def split_at_commas(text):
    """The parts of a list that no bracket within it encloses."""
    parts, depth, begin = [], 0, 0
    for i, c in enumerate(text):
        if c in "([{" or (c == "<" and text[i - 1:i] != " "):
            depth += 1
        elif c in ")]}" or (c == ">" and text[i - 1:i] not in (" ", "-")):
            depth -= 1
        elif c == "," and depth == 0:
            parts.append(text[begin:i].strip())
            begin = i + 1
    return parts + [text[begin:].strip()]


def folded(code, width=LINE):
    """Code of one line, in several if it is longer than a line: cut in its last list of arguments."""
    if len(code) <= width:
        return code
    code, arrow, result = code.partition(" -> ")
    if arrow:
        return f"{folded(code)}\n    -> {result}"
    opening = code.find("<", code.find("=")) if code.startswith("using ") else code.find("(")
    closing = code.rfind(">" if code.startswith("using ") else ")")
    if opening < 0 or closing < opening:
        return code
    lines, line = [], ""
    for part in split_at_commas(code[opening + 1:closing]):
        part += ", "
        if line and len(line) + len(part) > width - 4:
            lines.append(line)
            line = ""
        line += part
    lines.append(line.rstrip(", "))
    return code[:opening + 1] + "\n    " + "\n    ".join(each.rstrip() for each in lines) + code[closing:]


def declaration(member):
    """How a member of a class or a namespace is declared."""
    kind, name = member.get("kind"), text_of(member, "name")
    if kind == "typedef":
        original = re.sub(r"^using [^=]*=\s*(typedef )?", "", text_of(member, "definition")).strip()
        code = folded(f"using {name} = {'...' if original.startswith('decltype(detail') else original};")
    elif kind == "enum":
        return enumeration(member)
    elif kind == "variable":
        words = "static " if member.get("static") == "yes" else ""
        value = text_of(member, "initializer").strip()
        value = f" {tidy(value)}" if value.startswith("=") else value if value.startswith("{") else ""
        if words and not SIMPLE_VALUE.fullmatch(value) or "detail::" in value:
            value = ""
        array = tidy(text_of(member, "argsstring"))
        code = folded(f"{words}{tidy(text_of(member, 'type'))} {name}{array}{value};")
    else:
        words = "friend " if kind == "friend" else ""
        words += "static " if member.get("static") == "yes" and kind == "function" else ""
        words += "explicit " if member.get("explicit") == "yes" else ""
        result = re.sub(r"\[\[.*?\]\]\s*|\binline\b\s*", "", tidy(text_of(member, "type")))
        result = result.removeprefix("friend ")
        arguments = tidy(text_of(member, "argsstring"))
        code = folded(f"{words}{result} {name}{arguments};".replace("  ", " ").strip())
    template = folded_template(template_of(member))
    return f"{template}\n{code}" if template else code


def enumeration(member):
    base = tidy(text_of(member, "type"))
    lines = [f"enum class {text_of(member, 'name')}{f' : {base}' if base else ''} {{"]
    for value in member.findall("enumvalue"):
        says = docstring(value).replace("`", "")
        lines.append(f"    {text_of(value, 'name')}," + (f"  // {says}" if says else ""))
    return aligned_comments(lines) + "\n};"


def aligned_comments(lines):
    """Comments at the ends of lines, one below the other."""
    ends = [line.index("  //") for line in lines if "  //" in line]
    at = min(max(ends, default=0), 40)
    return "\n".join(line.split("  //")[0].ljust(at) + "  //" + line.split("  //", 1)[1] if "  //" in line else line
                     for line in lines)


# Public names.

class Name:
    """A public name, with all that is declared under it in one header."""

    def __init__(self, name, header):
        self.name, self.header, self.parts = name, header, []

    def add(self, code, doc, remarks=()):
        self.parts.append((code, doc, list(remarks)))


def is_public(name):
    return name.startswith("plait") and not {"detail"} & set(name.split("::")) and "@" not in name


def header_of(element):
    return str(pathlib.PurePosixPath(element.find("location").get("file")).relative_to("include/plait"))


def line_of(element):
    return int(element.find("location").get("line"))


def sentence_of(element):
    """The text of a constant that is a sentence."""
    parts = re.findall(r'"([^"]*)"', text_of(element, "initializer"))
    return "".join(parts).capitalize() + "."


class Headers:
    """All public names, by header and in the order of their declaration."""

    def __init__(self, folder):
        self.compounds = {}
        for file in sorted(pathlib.Path(folder).glob("*.xml")):
            if file.name != "index.xml":
                for compound in ElementTree.parse(file).getroot().findall("compounddef"):
                    self.compounds[compound.get("id")] = compound
        self.undocumented = []
        self.functions, self.methods = set(), set()
        found = []
        for compound in self.compounds.values():
            name = text_of(compound, "compoundname")
            if compound.get("kind") == "namespace" and is_public(name):
                found += [(m, f"{name}::{text_of(m, 'name')}") for m in compound.iter("memberdef")]
            elif compound.get("kind") in TYPES and is_public(name) and not self.is_nested(compound):
                found.append((compound, name))
            elif compound.get("kind") == "file":
                found += [(m, f"plait::{text_of(m, 'name')}") for m in compound.iter("memberdef")
                          if m.get("kind") == "define" and self.is_public_macro(m)]
        found.sort(key=lambda each: (header_of(each[0]), line_of(each[0])))
        self.by_header = collections.defaultdict(dict)
        for element, name in found:
            self.add(element, name.removeprefix("plait::"))

    def is_nested(self, compound):
        outer = text_of(compound, "compoundname").rpartition("::")[0]
        return any(text_of(c, "compoundname") == outer for c in self.compounds.values() if c.get("kind") in TYPES)

    @staticmethod
    def is_public_macro(member):
        name = text_of(member, "name")
        if header_of(member) == "core/target_name.hpp":  # what PLAIT_TARGET is made with
            return False
        return name.startswith("PLAIT_") and not name.endswith(("_TARGETS", "_TEXT", "_TEXT_OF"))

    def add(self, element, name):
        plain = re.sub(r"\s*<.*", "", name)
        names = self.by_header[header_of(element)]
        entry = names.setdefault(plain, Name(plain, header_of(element)))
        doc = docstring(element)
        kind = element.get("kind")
        if kind == "define":
            arguments = [text_of(p, "defname") for p in element.findall("param")]
            code = f"#define {plain}" + (f"({', '.join(arguments)})" if arguments else "")
            entry.add(code + ("" if arguments else " " + text_of(element, "initializer")).rstrip(), doc)
        elif kind == "concept":
            entry.add(tidy_concept(element), doc)
        elif kind in TYPES:
            entry.add(*self.type_declaration(element, tidy(name)))
        else:
            if kind == "function" and text_of(element, "argsstring").endswith("=delete"):
                doc = doc or "Refused."
            if kind == "variable" and text_of(element, "type").endswith("sentence"):
                doc = doc or sentence_of(element)
            entry.add(declaration(element), doc)
            if kind == "function":
                self.functions.add(plain)
        if not entry.parts[0][1]:
            self.miss(element, plain)

    def miss(self, element, name):
        self.undocumented.append(f"{element.find('location').get('file')}:{line_of(element)}: {name}")

    def type_declaration(self, compound, name):
        """The code of a class, its docstring, and what is said of members where a comment is too short for it."""
        lines, remarks = self.body(compound, name)
        bases = [tidy("".join(base.itertext())) for base in compound.findall("basecompoundref")
                 if "detail" not in "".join(base.itertext())]
        head = f"{compound.get('kind')} {name.split('::')[-1]}" + (f" : {', '.join(bases)}" if bases else "")
        template = folded_template(template_of(compound))
        template = f"{template}\n" if template else ""
        body = textwrap.indent(aligned_comments(lines), "    ")
        code = f"{template}{head} {{\n{body}\n}};" if lines else f"{template}{head};"
        return code, docstring(compound), remarks

    def body(self, compound, name):
        lines, remarks, seen = [], [], set()
        members = [m for m in compound.iter("memberdef") if m.get("prot") == "public"]
        members += [self.compounds[i.get("refid")] for i in compound.findall("innerclass") if i.get("prot") == "public"]
        members.sort(key=line_of)
        previous = None
        for member in members:
            group = "data" if member.get("kind") in ("variable", "typedef", "enum") else "code"
            if previous and group != previous:
                lines.append("")
            previous = group
            doc = docstring(member)
            if member.get("kind") in TYPES:
                label = text_of(member, "compoundname").split("::")[-1]
                code, _, inner = self.type_declaration(member, label)
                remarks += [(f"{label}::{each}", text) for each, text in inner]
            else:
                label, code = text_of(member, "name"), declaration(member)
                if member.get("kind") == "function":
                    self.require_docstring(member, name, label, doc, seen)
                    self.methods.add(label)
                    label += "" if label.endswith(")") else "()"
            seen.add(text_of(member, "name"))
            comment = f"  // {doc.replace('`', '')}"
            last = code.splitlines()[-1]
            if doc and max(len(last), 36) + len(comment) <= LINE and not code.endswith("}};"):
                lines += code.splitlines()[:-1] + [last + comment]
            else:
                lines += code.splitlines()
                if doc:
                    remarks.append((label, doc))
        return lines, remarks

    def require_docstring(self, member, type_name, label, doc, seen):
        special = label in (re.sub(r"<.*", "", type_name).split("::")[-1], ) or label.startswith("~")
        overload = label in seen
        if not (doc or special or overload or KNOWN_MEMBERS.fullmatch(label)):
            self.miss(member, f"{type_name}::{label}")


def folded_template(template):
    if not template or len(template.splitlines()[0]) <= LINE:
        return template
    first, *others = template.splitlines()
    inside = first.removeprefix("template <").removesuffix(">")
    return "\n".join(["template <" + (",\n" + " " * 10).join(split_at_commas(inside)) + ">", *others])


def tidy_concept(element):
    code = text_of(element, "initializer")
    return re.sub(r"plait::(\w+ =)", r"\1", textwrap.dedent(code).strip())


# Pages.

def slug(name):
    """MyST's anchor of a heading."""
    return re.sub(r"[^\w\- ]", "", name.lower()).replace(" ", "-")


class Pages:
    """Which page has which headers, and where each name is explained."""

    def __init__(self, folder, xml_folder):
        self.headers = Headers(xml_folder)
        patterns = {}
        for page in sorted(pathlib.Path(folder).glob("*.md")):
            blocks = HEADERS_BLOCK.findall(page.read_text(encoding="utf-8"))
            patterns[page.stem] = [line.split()[0] for block in blocks for line in block.splitlines()]
        everything = sorted(p.relative_to(INCLUDE).as_posix() for p in INCLUDE.rglob("*.hpp"))
        listed = {p for page in patterns.values() for p in page if "*" not in p}
        self.unknown = sorted(listed - set(everything))
        self.expansion, self.left = {}, [h for h in everything if h not in listed]
        for page, of_page in patterns.items():
            for pattern in of_page:
                here = [pattern]
                if "*" in pattern:
                    here = [h for h in self.left if fnmatch.fnmatch(h, pattern)]
                    self.left = [h for h in self.left if h not in here]
                self.expansion[page, pattern] = here
        self.nameless = {h for h in everything if not self.headers.by_header.get(h)}
        self.left = [h for h in self.left if h not in self.nameless]
        self.places, self.ambiguous = {}, set(self.headers.functions & self.headers.methods)
        for (page, _), headers in self.expansion.items():
            for header in headers:
                for name in self.headers.by_header.get(header, {}):
                    self.places.setdefault(name, (page, slug(name)))

    def faults(self):
        yield from (f"{each} has no docstring" for each in self.headers.undocumented)
        yield from (f"include/plait/{header}: is on no page of docs/reference" for header in self.left)
        yield from (f"docs/reference lists {header}, which does not exist" for header in self.unknown)

    def expand(self, page, text):
        """The text of a page, with names in the place of headers."""
        def names(block):
            lines = [line.split() for line in block["patterns"].splitlines()]
            headers = [h for pattern, *_ in lines for h in self.expansion.get((page, pattern), [])]
            return "\n".join(self.entries(page, headers, [name for _, *names in lines for name in names]))
        return HEADERS_BLOCK.sub(names, text)

    def entries(self, page, headers, first):
        merged = {}
        for header in headers:
            names = list(self.headers.by_header.get(header, {}).values())
            for name in sorted(names, key=lambda each: each.name not in first):
                merged.setdefault(name.name, []).append(name)
        for name, declared in merged.items():
            yield f"## `{name}`\n\n```{{index}} single: {name}\n```\n"
            for each in declared:
                yield f"```{{rst-class}} header\n```\n`#include <plait/{each.header}>`\n"
                for code, doc, remarks in each.parts:
                    yield f"```cpp\n{code}\n```\n"
                    if doc:
                        yield self.linked(page, name, doc) + "\n"
                    for label, text in remarks:
                        yield f"`{label}`\n: {self.linked(page, name, text)}\n"

    def linked(self, page, inside, text):
        """Names in backticks lead to where they are explained; not functions that are some class's as well."""
        def link(match):
            name = match[1]
            place = self.places.get(name)
            if not place or name == inside or name in self.ambiguous:
                return match[0]
            return f"[`{name}`]({'' if place[0] == page else place[0] + '.md'}#{place[1]})"
        parts = re.split(r"(`[^`]*`)", text)
        return "".join(re.sub(r"`([\w:]+)`", link, part) if part.startswith("`") else escaped(part)
                       for part in parts)


def escaped(text):
    return re.sub(r"([*\[\]<])", r"\\\1", text)


def setup(app):
    """Sphinx's entry."""
    from sphinx.errors import ExtensionError
    state = {}

    def read(app, _env, _docs):
        state["pages"] = Pages(pathlib.Path(app.srcdir) / "reference", app.config.doxygen_xml)
        faults = list(state["pages"].faults())
        if faults:
            raise ExtensionError("\n".join(faults))

    def expand(_app, name, source):
        folder, _, page = name.partition("/")
        if folder == "reference":
            source[0] = state["pages"].expand(page, source[0])

    app.add_config_value("doxygen_xml", "", "env")
    app.connect("env-before-read-docs", read)
    app.connect("source-read", expand)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def main(arguments):
    if len(arguments) != 1 or not pathlib.Path(arguments[0]).is_dir():
        print(__doc__, file=sys.stderr)
        return 2
    pages = Pages(DOCS / "reference", arguments[0])
    faults = list(pages.faults())
    print("\n".join(faults) if faults else f"{len(pages.places)} public names have docstrings")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
