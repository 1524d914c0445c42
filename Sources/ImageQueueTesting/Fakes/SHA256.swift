#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

/// FIPS 180-4, section 6.2, for fakes: the module has no dependency but Core.
enum SHA256 {
    static func hexadecimal(of data: Data) -> String {
        var state: [UInt32] = [
            0x6A09_E667, 0xBB67_AE85, 0x3C6E_F372, 0xA54F_F53A, 0x510E_527F, 0x9B05_688C, 0x1F83_D9AB, 0x5BE0_CD19,
        ]
        let bytes = padded(Array(data))
        for start in stride(from: 0, to: bytes.count, by: 64) { digest(bytes[start..<(start + 64)], into: &state) }
        return state.map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 8 - digits.count) + digits
        }.joined()
    }

    /// A one bit, zeros, and the length in bits, up to a whole block (section 5.1.1).
    private static func padded(_ bytes: [UInt8]) -> [UInt8] {
        let length = UInt64(bytes.count) * 8
        let zeros = (119 - bytes.count % 64) % 64
        let tail = (0..<8).map { UInt8(truncatingIfNeeded: length >> (56 - 8 * $0)) }
        return bytes + [0x80] + [UInt8](repeating: 0, count: zeros) + tail
    }

    private static func rotated(_ word: UInt32, _ count: UInt32) -> UInt32 { word >> count | word << (32 - count) }

    private static func digest(_ block: ArraySlice<UInt8>, into state: inout [UInt32]) {
        var words = stride(from: block.startIndex, to: block.endIndex, by: 4).map { index in
            block[index..<(index + 4)].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        }
        for index in 16..<64 {
            let early = words[index - 15]
            let late = words[index - 2]
            let first = rotated(early, 7) ^ rotated(early, 18) ^ early >> 3
            let second = rotated(late, 17) ^ rotated(late, 19) ^ late >> 10
            words.append(words[index - 16] &+ first &+ words[index - 7] &+ second)
        }
        var round = state
        for index in 0..<64 {
            let high = rotated(round[4], 6) ^ rotated(round[4], 11) ^ rotated(round[4], 25)
            let choice = (round[4] & round[5]) ^ (~round[4] & round[6])
            let first = round[7] &+ high &+ choice &+ constants[index] &+ words[index]
            let low = rotated(round[0], 2) ^ rotated(round[0], 13) ^ rotated(round[0], 22)
            let majority = (round[0] & round[1]) ^ (round[0] & round[2]) ^ (round[1] & round[2])
            round = [first &+ low &+ majority] + round[0..<3] + [round[3] &+ first] + round[4..<7]
        }
        for index in 0..<8 { state[index] &+= round[index] }
    }

    /// The first 32 bits of the fractions of the cube roots of the first 64 primes (section 4.2.2).
    private static let constants: [UInt32] = [
        0x428A_2F98, 0x7137_4491, 0xB5C0_FBCF, 0xE9B5_DBA5, 0x3956_C25B, 0x59F1_11F1, 0x923F_82A4, 0xAB1C_5ED5,
        0xD807_AA98, 0x1283_5B01, 0x2431_85BE, 0x550C_7DC3, 0x72BE_5D74, 0x80DE_B1FE, 0x9BDC_06A7, 0xC19B_F174,
        0xE49B_69C1, 0xEFBE_4786, 0x0FC1_9DC6, 0x240C_A1CC, 0x2DE9_2C6F, 0x4A74_84AA, 0x5CB0_A9DC, 0x76F9_88DA,
        0x983E_5152, 0xA831_C66D, 0xB003_27C8, 0xBF59_7FC7, 0xC6E0_0BF3, 0xD5A7_9147, 0x06CA_6351, 0x1429_2967,
        0x27B7_0A85, 0x2E1B_2138, 0x4D2C_6DFC, 0x5338_0D13, 0x650A_7354, 0x766A_0ABB, 0x81C2_C92E, 0x9272_2C85,
        0xA2BF_E8A1, 0xA81A_664B, 0xC24B_8B70, 0xC76C_51A3, 0xD192_E819, 0xD699_0624, 0xF40E_3585, 0x106A_A070,
        0x19A4_C116, 0x1E37_6C08, 0x2748_774C, 0x34B0_BCB5, 0x391C_0CB3, 0x4ED8_AA4A, 0x5B9C_CA4F, 0x682E_6FF3,
        0x748F_82EE, 0x78A5_636F, 0x84C8_7814, 0x8CC7_0208, 0x90BE_FFFA, 0xA450_6CEB, 0xBEF9_A3F7, 0xC671_78F2,
    ]
}
