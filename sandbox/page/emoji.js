// @ts-check
// The shortcodes support cards and people commonly use. An unknown shortcode stays as it is written.

const EMOJI = {
  alarm_clock: "⏰", arrow_down: "⬇️", arrow_forward: "▶️", arrow_left: "⬅️", arrow_right: "➡️", arrow_up: "⬆️",
  arrows_counterclockwise: "🔄", ballot_box_with_check: "☑️", bar_chart: "📊", bell: "🔔", no_bell: "🔕", blue_heart: "💙",
  blush: "😊", book: "📖", bookmark: "🔖", boom: "💥", bug: "🐛", bulb: "💡", bust_in_silhouette: "👤",
  busts_in_silhouette: "👥", calendar: "📅", date: "📅", spiral_calendar_pad: "🗓️", card_index: "📇", card_index_dividers: "🗂️", chart_with_upwards_trend: "📈",
  chart_with_downwards_trend: "📉", clap: "👏", clipboard: "📋", clock1: "🕐", cold_sweat: "😰", confused: "😕", construction: "🚧",
  credit_card: "💳", crown: "👑", cry: "😢", dart: "🎯", double_vertical_bar: "⏸️", pause_button: "⏸️", "e-mail": "📧",
  email: "✉️", envelope: "✉️", envelope_with_arrow: "📩", incoming_envelope: "📨", exclamation: "❗", eyes: "👀",
  file_folder: "📁", fire: "🔥", gear: "⚙️", globe_with_meridians: "🌐", hammer_and_wrench: "🛠️", grey_exclamation: "❕",
  grey_question: "❔", hand: "✋", raised_hand: "✋", handshake: "🤝", headphones: "🎧", heart: "❤️", heavy_check_mark: "✔️",
  heavy_minus_sign: "➖", heavy_plus_sign: "➕", heavy_multiplication_x: "✖️", hourglass: "⌛", hourglass_flowing_sand: "⏳",
  house: "🏠", hushed: "😯", inbox_tray: "📥", information_source: "ℹ️", iphone: "📱", joy: "😂", key: "🔑", label: "🏷️",
  large_blue_circle: "🔵", large_green_circle: "🟢", large_orange_circle: "🟠", large_yellow_circle: "🟡", red_circle: "🔴",
  white_circle: "⚪", black_circle: "⚫", leftwards_arrow_with_hook: "↩️", arrow_right_hook: "↪️", link: "🔗", lock: "🔒",
  unlock: "🔓", loudspeaker: "📢", mag: "🔍", mag_right: "🔎", mailbox: "📫", mailbox_with_mail: "📬", mega: "📣", memo: "📝",
  moneybag: "💰", money_with_wings: "💸", mute: "🔇", neutral_face: "😐", new: "🆕", no_entry: "⛔", no_entry_sign: "🚫",
  octagonal_sign: "🛑", ok: "🆗", ok_hand: "👌", white_check_mark: "✅", outbox_tray: "📤", package: "📦", page_facing_up: "📄",
  paperclip: "📎", pencil: "📝", pencil2: "✏️", phone: "☎️", telephone: "☎️", telephone_receiver: "📞", point_right: "👉",
  postbox: "📮", pray: "🙏", pushpin: "📌", question: "❓", rage: "😡", angry: "😠", receipt: "🧾", recycle: "♻️", repeat: "🔁",
  robot_face: "🤖", rocket: "🚀", rotating_light: "🚨", scales: "⚖️", shield: "🛡️", slightly_smiling_face: "🙂",
  slightly_frowning_face: "🙁", smile: "😄", smiley: "😃", sob: "😭", sos: "🆘", sparkles: "✨", speaking_head_in_silhouette: "🗣️",
  speech_balloon: "💬", left_speech_bubble: "🗨️", star: "⭐", stopwatch: "⏱️", timer_clock: "⏲️", studio_microphone: "🎙️",
  microphone: "🎤", sunny: "☀️", tada: "🎉", test_tube: "🧪", thinking_face: "🤔", thread: "🧵", thumbsup: "👍", "+1": "👍",
  thumbsdown: "👎", "-1": "👎", ticket: "🎫", tools: "🛠️", triangular_flag_on_post: "🚩", truck: "🚚", unamused: "😒",
  umbrella: "☔", warning: "⚠️", wastebasket: "🗑️", wave: "👋", white_flag: "🏳️", wrench: "🔧", x: "❌", writing_hand: "✍️", zap: "⚡",
  zzz: "💤", crescent_moon: "🌙", fast_forward: "⏩", twisted_rightwards_arrows: "🔀",
};

export const SHORTCODES = new Map(Object.entries(EMOJI));

/** @param {string} name */
export const emoji = (name) => SHORTCODES.get(name.split("::")[0]) ?? `:${name}:`;

/** @param {string} text */
export const emojify = (text) => text.replace(/:([a-z0-9_+-]+):/g, (_, name) => emoji(name));
