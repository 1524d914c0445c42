import ForgeSimulator
import Testing

@Suite(.timeLimit(.minutes(1)))
struct FaultArgumentTests {
    @Test(arguments: [
        ("hang@txt2img*2", Fault(.hang, at: .txt2img, times: 2)),
        ("delay=3s@progress%10#7", Fault(.delay(.seconds(3)), at: .progress, probability: 0.1, seed: 7)),
        ("refuse=2s", Fault(.refuseConnections(for: .seconds(2)))),
        (
            "restart=500ms@generation*1+2",
            Fault(.restart(downtime: .seconds(0.5)), at: .generation, times: 1, after: 2)
        ),
        ("detail=503:busy: come back@any*3", Fault(.detail(status: 503, "busy: come back"), times: 3)),
        ("error=ValueError:no such thing@img2img", Fault(.exception("ValueError", "no such thing"), at: .img2img)),
        ("error=418:TeaError:a:b", Fault(.exception(status: 418, "TeaError", "a:b"))),
        ("out-of-memory*1", Fault(.outOfMemory, times: 1)),
        ("drop-in-body@/internal/ping", Fault(.dropInBody, at: .path("/internal/ping"))),
        ("startup=1.5s", Fault(.startUp(.seconds(1.5)))), ("validation=a*b", Fault(.validation("a*b"))),
    ])
    func reads(_ text: String, _ fault: Fault) throws {
        #expect(try Fault(argument: text) == fault)
    }

    @Test(arguments: [
        ("hung@txt2img", "no fault “hung”; one of reset, hang"), ("hang@txt3img", "no endpoint “txt3img”; one of any"),
        ("hang=3s", "“hang” takes no value"), ("delay", "“delay” wants a value"),
        ("delay=soon", "“soon” is no duration"), ("delay=infs", "“infs” is no duration"),
        ("refuse=1e20s", "“1e20s” is no duration"), ("restart=1e300ms", "“1e300ms” is no duration"),
        ("startup=nanms", "“nanms” is no duration"),
        ("hang@any*many", "wants a whole number"), ("hang@any%0", "no share"), ("hang%101", "no share"),
        ("hang@txt2img*0", "would be never"), ("detail=busy", "wants status:text"), ("", "no fault “”"),
    ])
    func refuses(_ text: String, _ reason: String) {
        let error = #expect(throws: FaultSyntaxError.self) { try Fault(argument: text) }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }

    @Test(arguments: Fault.Effect.names)
    func everyNameIsUnderstood(_ name: String) throws {
        let values = ["refuse": "1s", "startup": "1s", "restart": "1s", "delay": "1s", "detail": "500:x"]
        let plain = try? Fault(argument: name)
        let fault = try plain ?? Fault(argument: "\(name)=\(values[name] ?? "Error:x")")
        #expect(fault.effect.description.hasPrefix(name))
        #expect(try Fault(argument: fault.effect.description).effect == fault.effect)
    }
}
