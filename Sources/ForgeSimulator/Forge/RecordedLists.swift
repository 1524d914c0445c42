/// Lists that the recorded Forge served, as it served them (recordings/01-get).
enum RecordedLists {
    /// `GET /sdapi/v1/samplers`.
    static let samplers = #"""
        [{"name":"DPM++ 2M","aliases":["k_dpmpp_2m"],"options":{"scheduler":"karras"}},{"name":"DPM++ SDE",
        "aliases":["k_dpmpp_sde"],"options":{"scheduler":"karras","second_order":true,"brownian_noise":true}},
        {"name":"DPM++ 2M SDE","aliases":["k_dpmpp_2m_sde"],"options":{"scheduler":"exponential",
        "brownian_noise":true}},{"name":"DPM++ 2M SDE Heun","aliases":["k_dpmpp_2m_sde_heun"],
        "options":{"scheduler":"exponential","brownian_noise":true,"solver_type":"heun"}},{"name":"DPM++ 2S a",
        "aliases":["k_dpmpp_2s_a"],"options":{"scheduler":"karras","uses_ensd":true,"second_order":true}},
        {"name":"DPM++ 3M SDE","aliases":["k_dpmpp_3m_sde"],"options":{"scheduler":"exponential",
        "discard_next_to_last_sigma":true,"brownian_noise":true}},{"name":"Euler a","aliases":["k_euler_a",
        "k_euler_ancestral"],"options":{"uses_ensd":true}},{"name":"Euler","aliases":["k_euler"],"options":{}},
        {"name":"LMS","aliases":["k_lms"],"options":{}},{"name":"Heun","aliases":["k_heun"],
        "options":{"second_order":true}},{"name":"DPM2","aliases":["k_dpm_2"],"options":{"scheduler":"karras",
        "discard_next_to_last_sigma":true,"second_order":true}},{"name":"DPM2 a","aliases":["k_dpm_2_a"],
        "options":{"scheduler":"karras","discard_next_to_last_sigma":true,"uses_ensd":true,"second_order":true}},
        {"name":"DPM fast","aliases":["k_dpm_fast"],"options":{"uses_ensd":true}},{"name":"DPM adaptive",
        "aliases":["k_dpm_ad"],"options":{"uses_ensd":true}},{"name":"Restart","aliases":["restart"],
        "options":{"scheduler":"karras","second_order":true}},{"name":"HeunPP2","aliases":["heunpp2"],"options":{}},
        {"name":"IPNDM","aliases":["ipndm"],"options":{}},{"name":"IPNDM_V","aliases":["ipndm_v"],"options":{}},
        {"name":"DEIS","aliases":["deis"],"options":{}},{"name":"DDIM","aliases":["ddim"],"options":{}},
        {"name":"DDIM CFG++","aliases":["ddim_cfgpp"],"options":{}},{"name":"PLMS","aliases":["plms"],"options":{}},
        {"name":"UniPC","aliases":["unipc"],"options":{}},{"name":"LCM","aliases":["k_lcm"],"options":{}},
        {"name":"DDPM","aliases":["ddpm"],"options":{}}]
        """#

    /// `GET /sdapi/v1/schedulers`.
    static let schedulers = #"""
        [{"name":"automatic","label":"Automatic","aliases":null,"default_rho":-1.0,"need_inner_model":false},
        {"name":"uniform","label":"Uniform","aliases":null,"default_rho":-1.0,"need_inner_model":true},
        {"name":"karras","label":"Karras","aliases":null,"default_rho":7.0,"need_inner_model":false},
        {"name":"exponential","label":"Exponential","aliases":null,"default_rho":-1.0,"need_inner_model":false},
        {"name":"polyexponential","label":"Polyexponential","aliases":null,"default_rho":1.0,
        "need_inner_model":false},{"name":"sgm_uniform","label":"SGM Uniform","aliases":["SGMUniform"],
        "default_rho":-1.0,"need_inner_model":true},{"name":"kl_optimal","label":"KL Optimal","aliases":null,
        "default_rho":-1.0,"need_inner_model":false},{"name":"align_your_steps","label":"Align Your Steps",
        "aliases":null,"default_rho":-1.0,"need_inner_model":false},{"name":"simple","label":"Simple",
        "aliases":null,"default_rho":-1.0,"need_inner_model":true},{"name":"normal","label":"Normal","aliases":null,
        "default_rho":-1.0,"need_inner_model":true},{"name":"ddim","label":"DDIM","aliases":null,"default_rho":-1.0,
        "need_inner_model":true},{"name":"beta","label":"Beta","aliases":null,"default_rho":-1.0,
        "need_inner_model":true},{"name":"turbo","label":"Turbo","aliases":null,"default_rho":-1.0,
        "need_inner_model":true},{"name":"align_your_steps_GITS","label":"Align Your Steps GITS","aliases":null,
        "default_rho":-1.0,"need_inner_model":false},{"name":"align_your_steps_11","label":"Align Your Steps 11",
        "aliases":null,"default_rho":-1.0,"need_inner_model":false},{"name":"align_your_steps_32",
        "label":"Align Your Steps 32","aliases":null,"default_rho":-1.0,"need_inner_model":false}]
        """#

    /// `GET /sdapi/v1/upscalers`.
    static let upscalers = #"""
        [{"name":"None","model_name":null,"model_path":null,"model_url":null,"scale":4.0},{"name":"Lanczos",
        "model_name":null,"model_path":null,"model_url":null,"scale":4.0},{"name":"Nearest","model_name":null,
        "model_path":null,"model_url":null,"scale":4.0},{"name":"DAT x2","model_name":null,
        "model_path":"https://huggingface.co/w-e-w/DAT/resolve/main/experiments/pretrained_models/DAT/DAT_x2.pth",
        "model_url":null,"scale":2.0},{"name":"DAT x3","model_name":null,
        "model_path":"https://huggingface.co/w-e-w/DAT/resolve/main/experiments/pretrained_models/DAT/DAT_x3.pth",
        "model_url":null,"scale":3.0},{"name":"DAT x4","model_name":null,
        "model_path":"https://huggingface.co/w-e-w/DAT/resolve/main/experiments/pretrained_models/DAT/DAT_x4.pth",
        "model_url":null,"scale":4.0},{"name":"ESRGAN_4x","model_name":"ESRGAN_4x",
        "model_path":"https://github.com/cszn/KAIR/releases/download/v1.0/ESRGAN.pth","model_url":null,"scale":4.0},
        {"name":"R-ESRGAN 4x+","model_name":null,
        "model_path":"https://github.com/xinntao/Real-ESRGAN/releases/download/v0.1.0/RealESRGAN_x4plus.pth",
        "model_url":null,"scale":4.0},{"name":"R-ESRGAN 4x+ Anime6B","model_name":null,
        "model_path":"https://github.com/xinntao/Real-ESRGAN/releases/download/v0.2.2.4/RealESRGAN_x4plus_anim\#
        e_6B.pth",
        "model_url":null,"scale":4.0},{"name":"ScuNET GAN","model_name":"ScuNET GAN",
        "model_path":"https://github.com/cszn/KAIR/releases/download/v1.0/scunet_color_real_gan.pth",
        "model_url":null,"scale":4.0},{"name":"ScuNET PSNR","model_name":"ScuNET GAN",
        "model_path":"https://github.com/cszn/KAIR/releases/download/v1.0/scunet_color_real_psnr.pth",
        "model_url":null,"scale":4.0},{"name":"SwinIR 4x","model_name":"SwinIR 4x",
        "model_path":"https://github.com/JingyunLiang/SwinIR/releases/download/v0.0/003_realSR_BSRGAN_DFOWMFC_\#
        s64w8_SwinIR-L_x4_GAN.pth",
        "model_url":null,"scale":4.0}]
        """#

    /// `GET /sdapi/v1/latent-upscale-modes`.
    static let latentUpscaleModes = #"""
        [{"name":"Latent"},{"name":"Latent (antialiased)"},{"name":"Latent (bicubic)"},
        {"name":"Latent (bicubic antialiased)"},{"name":"Latent (nearest)"},{"name":"Latent (nearest-exact)"}]
        """#

    /// `GET /sdapi/v1/scripts`.
    static let scripts = #"""
        {"txt2img":["prompt matrix","prompts from file or textbox","x/y/z plot","extra options","controlnet",
        "dynamicthresholding (cfg-fix) integrated","freeu integrated (sd 1.x, sd 2.x, sdxl)",
        "kohya hrfix integrated","latentmodifier integrated","multidiffusion integrated","never oom integrated",
        "perturbedattentionguidance integrated","selfattentionguidance integrated (sd 1.x, sd 2.x, sdxl)",
        "stylealign integrated","refiner","sampler","seed"],"img2img":["img2img alternative test","loopback",
        "outpainting mk2","poor man's outpainting","prompt matrix","prompts from file or textbox","sd upscale",
        "x/y/z plot","extra options","controlnet","dynamicthresholding (cfg-fix) integrated",
        "freeu integrated (sd 1.x, sd 2.x, sdxl)","kohya hrfix integrated","latentmodifier integrated",
        "multidiffusion integrated","never oom integrated","perturbedattentionguidance integrated",
        "selfattentionguidance integrated (sd 1.x, sd 2.x, sdxl)","stylealign integrated","soft inpainting",
        "refiner","sampler","seed"]}
        """#

    /// `GET /sdapi/v1/memory`.
    static let memory = #"""
        {"ram":{"free":24182005759.999996,"used":1092788224,"total":25274793983.999996},
        "cuda":{"error":"unavailable"}}
        """#
}
