//! The map of a course: its units, and what each needs, as an SVG picture that also says in words what it shows.
//!
//! Layers from top to bottom: a unit is below everything that it needs. A requirement that follows from others is not drawn. Where a line
//! passes layers, it has a place of its own in each, so that it runs beside units and never through one.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::compile::Unit;
use crate::id::{Mode, UnitId, UnitKind};

const WIDTH: usize = 168;
const HEIGHT: usize = 52;
/// Between two units of a layer, and between two layers.
const GAP: usize = 20;
const BETWEEN: usize = 44;
const MARGIN: usize = 16;
/// The room of a line that passes a layer.
const PASSAGE: usize = 6;
/// A layer has at most so many units.
const MOST: usize = 4;
/// A line of a title has so many letters, and a title so many lines.
const LETTERS: usize = 22;
const LINES: usize = 2;
/// So often the layers are put in order by their neighbours.
const SWEEPS: usize = 8;

const STYLE: &str = "\
.back{fill:#fff}.unit{fill:#f2f4f7;stroke:#55606b;stroke-width:1.5}.provided{stroke-dasharray:2 4}.optional{stroke-dasharray:7 4}\
.line{fill:none;stroke:#55606b;stroke-width:1.5}.head{fill:#55606b}text{font:13px system-ui,sans-serif;fill:#1b1f24}\
@media(prefers-color-scheme:dark){.back{fill:#14181d}.unit{fill:#20262d;stroke:#a3adb8}.line{stroke:#a3adb8}.head{fill:#a3adb8}text{fill:#e6e9ed}}";

/// Something that has a place in a layer: a unit, or a line that passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Node {
    Unit(usize),
    /// The lines from one unit to all that are further down.
    Passage(usize),
}

/// The picture of `units`, in course order, of the course with this title.
pub fn map(title: &str, units: &[Unit]) -> String {
    let needs = reduced(&needs(units));
    let layers = ordered(layers(&needs), &needs);
    let wide = layers.iter().map(|layer| extent(layer)).max().unwrap_or(0) + 2 * MARGIN;
    let high = layers.len() * HEIGHT + layers.len().saturating_sub(1) * BETWEEN + 2 * MARGIN;
    let places = places(&layers, wide);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-labelledby=\"map-title map-words\" width=\"{wide}\" height=\"{high}\" \
         viewBox=\"0 0 {wide} {high}\">\n<title id=\"map-title\">Units of {}</title>\n<desc id=\"map-words\">{}</desc>\n\
         <style>{STYLE}</style>\n<rect class=\"back\" width=\"{wide}\" height=\"{high}\"/>\n",
        escaped(title),
        escaped(&words(units))
    );
    for (to, from) in needs.iter().enumerate().flat_map(|(to, all)| all.iter().map(move |from| (to, *from))) {
        line(&mut svg, from, to, &places);
    }
    for ((node, _), (x, y)) in &places {
        if let Node::Unit(at) = node
            && let Some(unit) = units.get(*at)
        {
            shape(&mut svg, unit, *x, *y);
        }
    }
    svg + "</svg>\n"
}

/// What the map says, in words: one sentence for each unit.
fn words(units: &[Unit]) -> String {
    let name = |id: &UnitId| units.iter().find(|unit| unit.id == *id).map_or_else(|| id.to_string(), named);
    let sentence = |unit: &Unit| {
        let needed: Vec<String> = unit.requires.iter().map(name).collect();
        match needed.is_empty() {
            true => format!("{} needs nothing.", named(unit)),
            false => format!("{} needs {}.", named(unit), needed.join(", ")),
        }
    };
    units.iter().map(sentence).collect::<Vec<_>>().join(" ")
}

fn named(unit: &Unit) -> String {
    labelled(&unit.number, &unit.title)
}

/// `05 Autograd`; the title alone where a unit has no number.
pub fn labelled(number: &str, title: &str) -> String {
    format!("{number} {title}").trim().to_owned()
}

/// For each unit, the units of the course that it needs.
fn needs(units: &[Unit]) -> Vec<BTreeSet<usize>> {
    let at: BTreeMap<&UnitId, usize> = units.iter().enumerate().map(|(at, unit)| (&unit.id, at)).collect();
    let of = |(own, unit): (usize, &Unit)| {
        unit.requires.iter().filter_map(|id| at.get(id).copied()).filter(|needed| *needed != own).collect()
    };
    units.iter().enumerate().map(of).collect()
}

/// `needs` without what follows from the rest.
fn reduced(needs: &[BTreeSet<usize>]) -> Vec<BTreeSet<usize>> {
    let mut all: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); needs.len()];
    let mut open: Vec<usize> = (0..needs.len()).collect();
    // Requirements have no circle: the compiler refuses one. Each round settles at least one unit; what would not settle stays empty.
    while !open.is_empty() {
        let before = open.len();
        open.retain(|&at| {
            let own = needs.get(at).cloned().unwrap_or_default();
            if own.iter().any(|needed| {
                all.get(*needed).is_none_or(BTreeSet::is_empty)
                    && needs.get(*needed).is_some_and(|all| !all.is_empty())
            }) {
                return true;
            }
            let further =
                own.iter().filter_map(|needed| all.get(*needed)).flatten().copied().collect::<BTreeSet<_>>();
            if let Some(slot) = all.get_mut(at) {
                slot.extend(own.iter().copied().chain(further));
            }
            false
        });
        if open.len() == before {
            break;
        }
    }
    let is_direct = |own: &BTreeSet<usize>, needed: usize| {
        !own.iter().any(|other| *other != needed && all.get(*other).is_some_and(|all| all.contains(&needed)))
    };
    needs.iter().map(|own| own.iter().copied().filter(|needed| is_direct(own, *needed)).collect()).collect()
}

/// The layers, from the top: units below what they need, and the passages of long lines.
fn layers(needs: &[BTreeSet<usize>]) -> Vec<Vec<Node>> {
    // How deep each unit is at least; no unit is deeper than there are units.
    let mut least = vec![0_usize; needs.len()];
    for _ in 0..needs.len() {
        for (at, own) in needs.iter().enumerate() {
            let below =
                own.iter().filter_map(|needed| least.get(*needed)).max().map_or(0, |deepest| deepest + 1);
            if let Some(slot) = least.get_mut(at) {
                *slot = below.min(needs.len());
            }
        }
    }
    // A layer that is full leaves the rest to those below it, so that the map stays narrow.
    let mut rank = vec![0_usize; needs.len()];
    let mut taken: BTreeMap<usize, usize> = BTreeMap::new();
    let mut order: Vec<usize> = (0..needs.len()).collect();
    order.sort_by_key(|at| least.get(*at).copied());
    for at in order {
        let above = needs.get(at).into_iter().flatten().filter_map(|needed| rank.get(*needed)).max();
        let mut deep = above.map_or(0, |deepest| deepest + 1);
        while taken.get(&deep).is_some_and(|taken| *taken >= MOST) {
            deep += 1;
        }
        *taken.entry(deep).or_default() += 1;
        if let Some(slot) = rank.get_mut(at) {
            *slot = deep;
        }
    }
    let mut layers: Vec<Vec<Node>> = vec![Vec::new(); rank.iter().max().map_or(0, |deepest| deepest + 1)];
    let mut put = |layer: usize, node: Node| {
        if let Some(layer) = layers.get_mut(layer) {
            layer.push(node);
        }
    };
    for (at, deep) in rank.iter().copied().enumerate() {
        put(deep, Node::Unit(at));
        let needed_by = needs.iter().zip(&rank).filter(|(own, _)| own.contains(&at));
        let deepest = needed_by.map(|(_, rank)| *rank).max().unwrap_or(deep);
        for layer in deep + 1..deepest {
            put(layer, Node::Passage(at));
        }
    }
    layers
}

/// The layers, each in the order of what its nodes are joined to, so that few lines cross.
fn ordered(mut layers: Vec<Vec<Node>>, needs: &[BTreeSet<usize>]) -> Vec<Vec<Node>> {
    let mut needed_by: Vec<Vec<usize>> = vec![Vec::new(); needs.len()];
    for (at, needed) in needs.iter().enumerate().flat_map(|(at, own)| own.iter().map(move |own| (at, own))) {
        if let Some(all) = needed_by.get_mut(*needed) {
            all.push(at);
        }
    }
    // What a node may be joined to in the layer above it, and in the one below.
    let above = |node: Node| -> Vec<Node> {
        match node {
            Node::Unit(at) => needs
                .get(at)
                .into_iter()
                .flatten()
                .flat_map(|needed| [Node::Unit(*needed), Node::Passage(*needed)])
                .collect(),
            Node::Passage(at) => vec![Node::Unit(at), node],
        }
    };
    let below = |node: Node| -> Vec<Node> {
        let (Node::Unit(at) | Node::Passage(at)) = node;
        let units = needed_by.get(at).into_iter().flatten().map(|unit| Node::Unit(*unit));
        units.chain([Node::Passage(at)]).collect()
    };
    for sweep in 0..SWEEPS {
        let down = sweep % 2 == 0;
        let count = layers.len();
        for step in 1..count {
            let (at, beside) = if down { (step, step - 1) } else { (count - 1 - step, count - step) };
            let (Some(layer), Some(other)) = (layers.get(at), layers.get(beside)) else { continue };
            let places: BTreeMap<Node, usize> =
                other.iter().enumerate().map(|(at, node)| (*node, at)).collect();
            // Where the neighbours are, in the middle, as a share of the layer's length.
            let middle = |(own, node): (usize, &Node)| {
                let joined = if down { above(*node) } else { below(*node) };
                let near: Vec<usize> = joined.iter().filter_map(|node| places.get(node).copied()).collect();
                match near.len() {
                    0 => (1000 * (2 * own + 1)) / (2 * layer.len()),
                    found => {
                        near.iter().map(|at| (1000 * (2 * at + 1)) / (2 * other.len())).sum::<usize>() / found
                    }
                }
            };
            let mut sorted: Vec<(usize, Node)> =
                layer.iter().enumerate().map(|at| (middle(at), *at.1)).collect();
            sorted.sort_by_key(|(middle, _)| *middle);
            if let Some(layer) = layers.get_mut(at) {
                *layer = sorted.into_iter().map(|(_, node)| node).collect();
            }
        }
    }
    layers
}

/// How wide a layer is.
fn extent(layer: &[Node]) -> usize {
    layer.iter().map(|node| room(*node)).sum::<usize>() + GAP * layer.len().saturating_sub(1)
}

fn room(node: Node) -> usize {
    if matches!(node, Node::Unit(_)) { WIDTH } else { PASSAGE }
}

/// The upper left corner of each node, by its layer.
fn places(layers: &[Vec<Node>], wide: usize) -> BTreeMap<(Node, usize), (usize, usize)> {
    let mut places = BTreeMap::new();
    for (deep, layer) in layers.iter().enumerate() {
        let mut x = (wide - extent(layer).min(wide)) / 2;
        for node in layer {
            places.insert((*node, deep), (x, MARGIN + deep * (HEIGHT + BETWEEN)));
            x += room(*node) + GAP;
        }
    }
    places
}

/// A line from what is needed down to what needs it, beside the units between.
fn line(svg: &mut String, from: usize, to: usize, places: &BTreeMap<(Node, usize), (usize, usize)>) {
    let unit = |at: usize| {
        let here = places.range((Node::Unit(at), 0)..=(Node::Unit(at), usize::MAX)).next();
        here.map(|((_, deep), place)| (*deep, *place))
    };
    let (Some((_, (x, y))), Some((deep, (end_x, end_y)))) = (unit(from), unit(to)) else { return };
    let mut path = format!("M{} {}", x + WIDTH / 2, y + HEIGHT);
    let mut at = (x + WIDTH / 2, y + HEIGHT);
    let mut bend = |at: &mut (usize, usize), x: usize, y: usize| {
        let middle = usize::midpoint(at.1, y);
        let _ = write!(path, "C{} {middle} {x} {middle} {x} {y}", at.0);
        *at = (x, y);
    };
    for (_, (x, y)) in places.range((Node::Passage(from), 0)..(Node::Passage(from), deep)) {
        bend(&mut at, x + PASSAGE / 2, *y);
        bend(&mut at, x + PASSAGE / 2, y + HEIGHT);
    }
    let (x, y) = (end_x + WIDTH / 2, end_y);
    bend(&mut at, x, y - 6);
    let _ = writeln!(svg, "<path class=\"line\" d=\"{path}\"/>");
    let _ = writeln!(svg, "<path class=\"head\" d=\"M{} {}h10l-5 8z\"/>", x - 5, y - 8);
}

/// The box of a unit, with its number and title.
fn shape(svg: &mut String, unit: &Unit, x: usize, y: usize) {
    let mut class = "unit".to_owned();
    if unit.mode == Mode::Provided {
        class += " provided";
    }
    if unit.optional {
        class += " optional";
    }
    // Kinds differ by their corners: modules a little round, milestones like a pill, assignments sharp.
    let corner = match unit.kind {
        UnitKind::Module => 6,
        UnitKind::Milestone => HEIGHT / 2,
        UnitKind::Assignment => 0,
    };
    let _ = writeln!(
        svg,
        "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" rx=\"{corner}\"/>"
    );
    let lines = wrapped(&named(unit));
    let top = y + HEIGHT / 2 + 5 - 8 * (lines.len() - 1);
    let middle = x + WIDTH / 2;
    for (number, text) in lines.iter().enumerate() {
        let _ = writeln!(
            svg,
            "<text x=\"{middle}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            top + 16 * number,
            escaped(text)
        );
    }
}

/// A title in at most two lines; what is longer ends with three dots.
fn wrapped(title: &str) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    for word in title.split_whitespace() {
        let line = lines.last().map_or(0, |line| line.chars().count());
        if line > 0 && line + 1 + word.chars().count() > LETTERS {
            lines.push(String::new());
        }
        if let Some(last) = lines.last_mut() {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(word);
        }
    }
    let is_cut = lines.len() > LINES;
    lines.truncate(LINES);
    let count = lines.len();
    for (number, line) in lines.iter_mut().enumerate() {
        let too_long = line.chars().count() > LETTERS;
        if too_long || (is_cut && number + 1 == count) {
            *line = line.chars().take(LETTERS - 1).collect::<String>().trim_end().to_owned() + "…";
        }
    }
    lines
}

/// Text for XML; letters that XML does not know are left out.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.chars().filter(|letter| !letter.is_control()) {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => {}
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Units that need the units with these numbers.
    fn units(needs: &[&[usize]]) -> Vec<Unit> {
        let id = |at: usize| format!("u{at}").parse().unwrap();
        let unit = |(at, needed): (usize, &&[usize])| Unit {
            id: id(at),
            kind: UnitKind::Module,
            number: format!("{at:02}"),
            title: format!("Unit <{at}> & more"),
            dir: None,
            tests: None,
            mode: Mode::Do,
            optional: false,
            hours: None,
            dates: Default::default(),
            requires: needed.iter().map(|at| id(*at)).collect(),
        };
        needs.iter().enumerate().map(unit).collect()
    }

    #[test]
    fn what_follows_from_other_requirements_is_not_drawn() {
        let of = |needs: &[&[usize]]| reduced(&super::needs(&units(needs)));
        let sets = |sets: &[&[usize]]| -> Vec<BTreeSet<usize>> {
            sets.iter().map(|set| set.iter().copied().collect()).collect()
        };
        assert_eq!(of(&[&[], &[0], &[0, 1], &[2, 0]]), sets(&[&[], &[0], &[1], &[2]]));
        assert_eq!(of(&[&[], &[], &[0, 1]]), sets(&[&[], &[], &[0, 1]]));
        // An order in which what is needed comes later.
        assert_eq!(of(&[&[1, 2], &[2], &[]]), sets(&[&[1], &[2], &[]]));
    }

    #[test]
    fn a_unit_is_below_what_it_needs_and_long_lines_have_their_own_way() {
        let needs = super::needs(&units(&[&[], &[0], &[1], &[], &[2, 3]]));
        let layers = layers(&needs);
        assert_eq!(
            layers,
            [
                vec![Node::Unit(0), Node::Unit(3)],
                vec![Node::Unit(1), Node::Passage(3)],
                vec![Node::Unit(2), Node::Passage(3)],
                vec![Node::Unit(4)],
            ]
        );
        let svg = map("x", &units(&[&[], &[0], &[1], &[], &[2, 3]]));
        assert_eq!(svg.matches("class=\"line\"").count(), 4);
    }

    #[test]
    fn titles_are_text_and_no_box_leaves_the_picture_or_covers_another() {
        for needs in [&[][..], &[&[][..]], &[&[], &[], &[], &[0, 1, 2], &[0], &[3, 4], &[], &[6, 0]]] {
            let units = units(needs);
            let svg = map("A & <b>", &units);
            assert!(
                svg.contains("Units of A &amp; &lt;b&gt;") && !svg.contains("<b>") && !svg.contains("Unit <")
            );
            let number = |text: &str, name: &str| -> usize {
                let (_, rest) = text.split_once(&format!(" {name}=\"")).unwrap();
                rest.split('"').next().unwrap().parse().unwrap()
            };
            let wide = number(&svg, "width");
            let high = number(&svg, "height");
            let boxes: Vec<(usize, usize)> = svg
                .lines()
                .filter(|line| line.contains("class=\"unit"))
                .map(|line| (number(line, "x"), number(line, "y")))
                .collect();
            assert_eq!(boxes.len(), units.len());
            for (at, (x, y)) in boxes.iter().enumerate() {
                assert!(x + WIDTH <= wide && y + HEIGHT <= high, "{svg}");
                let apart =
                    |other: &(usize, usize)| x.abs_diff(other.0) >= WIDTH || y.abs_diff(other.1) >= HEIGHT;
                assert!(boxes[at + 1..].iter().all(apart), "{boxes:?}");
            }
        }
    }

    #[test]
    fn long_titles_are_wrapped_and_cut() {
        assert_eq!(wrapped("05 Autograd"), ["05 Autograd"]);
        assert_eq!(wrapped("06 Automatic differentiation"), ["06 Automatic", "differentiation"]);
        assert_eq!(
            wrapped("a very long title that goes on and on and never ends"),
            ["a very long title that", "goes on and on and…"]
        );
        assert_eq!(wrapped("Donaudampfschifffahrtsgesellschaft"), ["Donaudampfschifffahrt…"]);
    }
}
