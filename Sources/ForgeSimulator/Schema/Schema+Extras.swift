extension Schema {
    /// The body of `POST /sdapi/v1/extra-single-image`.
    static let extraSingleImage = Schema(fields: extras + [.init("image", .string, "")])

    /// The body of `POST /sdapi/v1/extra-batch-images`; its items are checked apart.
    static let extraBatchImages = Schema(fields: extras + [.init("imageList", .list, nil)])

    /// The body of `POST /internal/progress`.
    static let taskProgress = Schema(
        fields: [
            // Optional in Forge by a default of None that its own type forbids: `null` is refused.
            .init("id_task", .string, .null), .init("id_live_preview", .integer, -1),
            .init("live_preview", .boolean, true),
        ]
    )

    /// The body of `POST /sdapi/v1/png-info`.
    static let pngInfo = Schema(fields: [.init("image", .string, nil)])

    private static let extras: [Field] = [
        .init("resize_mode", .literal([0, 1], expected: "0 or 1"), 0),
        .init("show_extras_results", .boolean, true),
        .init("gfpgan_visibility", share, 0),
        .init("codeformer_visibility", share, 0),
        .init("codeformer_weight", share, 0),
        .init("upscaling_resize", .bounded(.number, .above(0)), 2),
        .init("upscaling_resize_w", .bounded(.integer, .atLeast(1)), 512),
        .init("upscaling_resize_h", .bounded(.integer, .atLeast(1)), 512),
        .init("upscaling_crop", .boolean, true),
        .init("upscaler_1", .string, "None"),
        .init("upscaler_2", .string, "None"),
        .init("extras_upscaler_2_visibility", share, 0),
        .init("upscale_first", .boolean, false),
    ]

    private static let share = FieldType.bounded(.bounded(.number, .atLeast(0)), .atMost(1))
}
