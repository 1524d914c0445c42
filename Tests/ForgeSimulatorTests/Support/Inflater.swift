/// Decompresses a zlib stream of one fixed-Huffman block, and checks its Adler sum: an opposite of `RunDeflater` that
/// shares none of its code.
struct Inflater {
    struct Broken: Error { let why: String }

    private let bytes: [UInt8]
    private var bit = 16

    static func inflate(_ bytes: [UInt8]) throws -> [UInt8] {
        guard bytes.count > 6, (Int(bytes[0]) << 8 | Int(bytes[1])) % 31 == 0, bytes[0] & 15 == 8 else {
            throw Broken(why: "header")
        }
        var inflater = Inflater(bytes: bytes)
        let output = try inflater.block()
        var (low, high) = (1, 0)
        for byte in output {
            low = (low + Int(byte)) % 65521
            high = (high + low) % 65521
        }
        let sum = bytes.suffix(4).reduce(0) { $0 << 8 | Int($1) }
        guard sum == high << 16 | low else { throw Broken(why: "Adler sum") }
        return output
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func next() throws -> Int {
        guard bit / 8 < bytes.count else { throw Broken(why: "end of data") }
        defer { bit += 1 }
        return Int(bytes[bit / 8] >> UInt8(bit % 8)) & 1
    }

    private mutating func number(_ bits: Int) throws -> Int {
        var value = 0
        for place in 0..<bits { value |= try next() << place }
        return value
    }

    private mutating func symbol() throws -> Int {
        var code = 0
        for _ in 0..<7 { code = code << 1 | (try next()) }
        if code <= 0b001_0111 { return 256 + code }
        code = code << 1 | (try next())
        if (0b0011_0000...0b1011_1111).contains(code) { return code - 0b0011_0000 }
        if (0b1100_0000...0b1100_0111).contains(code) { return 280 + code - 0b1100_0000 }
        code = code << 1 | (try next())
        return 144 + code - 0b1_1001_0000
    }

    private mutating func block() throws -> [UInt8] {
        guard try number(1) == 1, try number(2) == 1 else { throw Broken(why: "not one fixed block") }
        let bases = [
            3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195,
            227,
            258,
        ]
        let extras = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0]
        var output: [UInt8] = []
        while true {
            let symbol = try symbol()
            if symbol == 256 { return output }
            if symbol < 256 {
                output.append(UInt8(symbol))
                continue
            }
            let length = bases[symbol - 257] + (try number(extras[symbol - 257]))
            guard try number(5) == 0, let last = output.last else { throw Broken(why: "distance") }
            output.append(contentsOf: repeatElement(last, count: length))
        }
    }
}
