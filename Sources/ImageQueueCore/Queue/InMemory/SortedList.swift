/// Distinct elements in order: found by halving, so that a place costs no count.
struct SortedList<Element: Comparable & Sendable>: Sendable {
    private(set) var elements: [Element] = []

    /// How many elements stand before this one, whether or not it is there.
    func rank(of element: Element) -> Int {
        var low = 0
        var high = elements.count
        while low < high {
            let middle = (low + high) / 2
            if elements[middle] < element { low = middle + 1 } else { high = middle }
        }
        return low
    }

    mutating func insert(_ element: Element) {
        let rank = rank(of: element)
        guard rank == elements.count || elements[rank] != element else { return }
        elements.insert(element, at: rank)
    }

    mutating func remove(_ element: Element) {
        let rank = rank(of: element)
        guard rank < elements.count, elements[rank] == element else { return }
        elements.remove(at: rank)
    }
}
