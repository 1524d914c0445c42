/// A queue whose two ends cost the same.
struct FIFO<Element> {
    private var elements: [Element] = []
    private var head = 0

    var isEmpty: Bool { head == elements.count }
    var count: Int { elements.count - head }
    var first: Element? { isEmpty ? nil : elements[head] }

    mutating func append(_ element: Element) { elements.append(element) }

    mutating func popFirst() -> Element? {
        guard !isEmpty else { return nil }
        let element = elements[head]
        head += 1
        // Moves each element once at most for every element that has left.
        if head == elements.count || head > 64 && head > elements.count / 2 {
            elements.removeFirst(head)
            head = 0
        }
        return element
    }

    mutating func remove(where matches: (Element) -> Bool) -> Element? {
        guard let index = elements[head...].firstIndex(where: matches) else { return nil }
        return elements.remove(at: index)
    }

    mutating func removeAll() -> [Element] {
        defer { self = FIFO() }
        return Array(elements[head...])
    }

    func prefix(_ count: Int) -> ArraySlice<Element> { elements[head...].prefix(count) }
}

extension FIFO: Sendable where Element: Sendable {}
