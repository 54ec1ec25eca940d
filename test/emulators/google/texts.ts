/** Everything the emulated pages say, in four languages; a page must never be told from another by these words. */
import type { Language } from './types.ts';

const TEXTS = {
  title: {
    en: 'Sign in - Google Accounts',
    de: 'Anmelden – Google Konten',
    ja: 'ログイン - Google アカウント',
    ar: 'تسجيل الدخول - حسابات Google',
  },
  signIn: { en: 'Sign in', de: 'Anmelden', ja: 'ログイン', ar: 'تسجيل الدخول' },
  useAccount: {
    en: 'Use your Google Account',
    de: 'Weiter mit Ihrem Google-Konto',
    ja: 'お客様の Google アカウントを使用',
    ar: 'استخدِم حسابك على Google',
  },
  email: {
    en: 'Email or phone',
    de: 'E-Mail oder Telefonnummer',
    ja: 'メールアドレスまたは電話番号',
    ar: 'البريد الإلكتروني أو الهاتف',
  },
  next: { en: 'Next', de: 'Weiter', ja: '次へ', ar: 'التالي' },
  done: { en: 'Done', de: 'Fertig', ja: '完了', ar: 'تم' },
  welcome: { en: 'Welcome', de: 'Willkommen', ja: 'ようこそ', ar: 'مرحبًا' },
  password: {
    en: 'Enter your password',
    de: 'Passwort eingeben',
    ja: 'パスワードを入力',
    ar: 'إدخال كلمة المرور',
  },
  forgotEmail: {
    en: 'Forgot email?',
    de: 'E-Mail-Adresse vergessen?',
    ja: 'メールアドレスを忘れた場合',
    ar: 'هل نسيت البريد الإلكتروني؟',
  },
  forgotPassword: {
    en: 'Forgot password?',
    de: 'Passwort vergessen?',
    ja: 'パスワードをお忘れの場合',
    ar: 'هل نسيت كلمة المرور؟',
  },
  otherWay: {
    en: 'Try another way',
    de: 'Andere Option wählen',
    ja: '別の方法を試す',
    ar: 'تجربة طريقة أخرى',
  },
  otherAccount: {
    en: 'Use a different account',
    de: 'Anderes Konto verwenden',
    ja: '別のアカウントを使用',
    ar: 'استخدام حساب مختلف',
  },
  staySignedIn: {
    en: 'Stay signed in',
    de: 'Angemeldet bleiben',
    ja: 'ログイン状態を保持する',
    ar: 'البقاء مسجلاً الدخول',
  },
  trust: {
    en: 'Don’t ask again on this device',
    de: 'Auf diesem Gerät nicht mehr fragen',
    ja: 'このデバイスでは次回から表示しない',
    ar: 'عدم السؤال مرة أخرى على هذا الجهاز',
  },
  twoStep: {
    en: '2-Step Verification',
    de: 'Bestätigung in zwei Schritten',
    ja: '2 段階認証プロセス',
    ar: 'التحقق بخطوتين',
  },
  extraStep: {
    en: 'This extra step shows it’s really you trying to sign in',
    de: 'Mit diesem zusätzlichen Schritt bestätigen Sie, dass wirklich Sie sich anmelden',
    ja: 'ご本人によるログインであることを確認するための追加の手順です',
    ar: 'تؤكّد هذه الخطوة الإضافية أنك أنت من يحاول تسجيل الدخول',
  },
  choose: {
    en: 'Choose how you want to sign in:',
    de: 'Wählen Sie aus, wie Sie sich anmelden möchten:',
    ja: 'ログイン方法を選択してください:',
    ar: 'اختيار الطريقة التي تريد تسجيل الدخول بها:',
  },
  unsupported: {
    en: 'Not supported on this device or browser.',
    de: 'Auf diesem Gerät oder in diesem Browser nicht verfügbar.',
    ja: 'このデバイスまたはブラウザではサポートされていません。',
    ar: 'غير متاحة على هذا الجهاز أو المتصفّح.',
  },
  getHelp: { en: 'Get help', de: 'Hilfe', ja: 'ヘルプを表示', ar: 'الحصول على مساعدة' },
  enterCode: {
    en: 'Enter a verification code',
    de: 'Bestätigungscode eingeben',
    ja: '確認コードを入力',
    ar: 'إدخال رمز التحقق',
  },
  sendText: {
    en: 'Send text message',
    de: 'SMS senden',
    ja: 'テキスト メッセージを送信',
    ar: 'إرسال رسالة نصية',
  },
  call: { en: 'Call', de: 'Anrufen', ja: '電話する', ar: 'اتصال' },
  phoneNumber: { en: 'Phone number', de: 'Telefonnummer', ja: '電話番号', ar: 'رقم الهاتف' },
  responded: {
    en: 'I have responded from my phone',
    de: 'Ich habe auf dem Smartphone reagiert',
    ja: 'スマートフォンで応答しました',
    ar: 'لقد أجبت من هاتفي',
  },
  resend: { en: 'Resend it', de: 'Noch einmal senden', ja: '再送信', ar: 'إعادة الإرسال' },
  tapNumber: {
    en: 'Tap Yes on your phone, then tap this number',
    de: 'Tippen Sie auf dem Smartphone auf „Ja“ und dann auf diese Zahl',
    ja: 'スマートフォンで［はい］をタップし、この番号をタップします',
    ar: 'انقر على "نعم" على هاتفك، ثم انقر على هذا الرقم',
  },
  totp: {
    en: 'Get a verification code from the Google Authenticator app',
    de: 'Bestätigungscode aus der Google Authenticator App abrufen',
    ja: 'Google 認証システム アプリから確認コードを取得する',
    ar: 'الحصول على رمز تحقق من تطبيق Google Authenticator',
  },
  sms: {
    en: 'Get a verification code at',
    de: 'Bestätigungscode erhalten unter',
    ja: '確認コードの送信先',
    ar: 'الحصول على رمز التحقق على الرقم',
  },
  tap: {
    en: 'Tap Yes on your phone or tablet',
    de: 'Auf dem Smartphone oder Tablet auf „Ja“ tippen',
    ja: 'スマートフォンまたはタブレットで［はい］をタップする',
    ar: 'انقر على "نعم" على هاتفك أو جهازك اللوحي',
  },
  securityKey: {
    en: 'Use your security key',
    de: 'Sicherheitsschlüssel verwenden',
    ja: 'セキュリティ キーを使用する',
    ar: 'استخدام مفتاح الأمان',
  },
  passkey: {
    en: 'Use your passkey',
    de: 'Passkey verwenden',
    ja: 'パスキーを使用する',
    ar: 'استخدام مفتاح المرور',
  },
  securityKeyCode: {
    en: 'Get a one-time security code',
    de: 'Einmaligen Sicherheitscode abrufen',
    ja: 'ワンタイム セキュリティ コードを取得する',
    ar: 'الحصول على رمز أمان صالح لمرة واحدة',
  },
  backupCode: {
    en: 'Enter one of your 8-digit backup codes',
    de: 'Einen Ihrer 8-stelligen Back-up-Codes eingeben',
    ja: '8 桁のバックアップ コードを入力する',
    ar: 'إدخال أحد الرموز الاحتياطية المكوَّنة من 8 أرقام',
  },
  offlineCode: {
    en: 'Use your phone or tablet to get a security code',
    de: 'Sicherheitscode auf dem Smartphone oder Tablet abrufen',
    ja: 'スマートフォンまたはタブレットでセキュリティ コードを取得する',
    ar: 'استخدام هاتفك للحصول على رمز أمان',
  },
  confirmAccount: {
    en: 'Continue to Amazon Web Services as',
    de: 'Weiter zu Amazon Web Services als',
    ja: '次のアカウントで Amazon Web Services に進みます',
    ar: 'المتابعة إلى Amazon Web Services باسم',
  },
  continue: { en: 'Continue', de: 'Weiter', ja: '続行', ar: 'متابعة' },
  notNow: { en: 'Not now', de: 'Nicht jetzt', ja: '後で', ar: 'ليس الآن' },
  passkeyOffer: {
    en: 'Sign in faster with a passkey',
    de: 'Schneller anmelden mit einem Passkey',
    ja: 'パスキーでよりすばやくログイン',
    ar: 'تسجيل الدخول بشكل أسرع باستخدام مفتاح مرور',
  },
  terms: {
    en: 'Welcome to your new account: your administrator manages it',
    de: 'Willkommen in Ihrem neuen Konto: Es wird von Ihrem Administrator verwaltet',
    ja: '新しいアカウントへようこそ。このアカウントは管理者が管理しています',
    ar: 'مرحبًا بك في حسابك الجديد الذي يديره المشرف',
  },
  accept: { en: 'I understand', de: 'Ich verstehe', ja: '理解しました', ar: 'أوافق' },
  changePassword: {
    en: 'Change the password for your account',
    de: 'Ändern Sie das Passwort Ihres Kontos',
    ja: 'アカウントのパスワードを変更してください',
    ar: 'تغيير كلمة مرور حسابك',
  },
  verify: {
    en: 'Verify it’s you',
    de: 'Bestätigen Sie Ihre Identität',
    ja: '本人確認を行います',
    ar: 'إثبات هويتك',
  },
  disabled: {
    en: 'Your account has been disabled',
    de: 'Ihr Konto wurde deaktiviert',
    ja: 'お使いのアカウントは無効になっています',
    ar: 'تم إيقاف حسابك',
  },
  unheardOf: {
    en: 'Tell us your favourite colour',
    de: 'Nennen Sie uns Ihre Lieblingsfarbe',
    ja: 'お好きな色を教えてください',
    ar: 'أخبرنا عن لونك المفضّل',
  },
  couldNotSignIn: {
    en: 'Couldn’t sign you in',
    de: 'Anmeldung nicht möglich',
    ja: 'ログインできませんでした',
    ar: 'تعذّر تسجيل دخولك',
  },
  insecureBrowser: {
    en: 'This browser or app may not be secure.',
    de: 'Dieser Browser oder diese App ist unter Umständen nicht sicher.',
    ja: 'このブラウザまたはアプリは安全でない可能性があります。',
    ar: 'قد لا يكون هذا المتصفّح أو التطبيق آمنًا.',
  },
  javascriptOff: {
    en: 'The browser you’re using doesn’t support JavaScript, or has JavaScript turned off.',
    de: 'Der von Ihnen verwendete Browser unterstützt JavaScript nicht oder JavaScript ist deaktiviert.',
    ja: 'お使いのブラウザは JavaScript に対応していないか、JavaScript が無効になっています。',
    ar: 'المتصفّح الذي تستخدمه لا يتيح JavaScript أو أنّ JavaScript غير مفعّلة فيه.',
  },
  policy: {
    en: 'Your sign-in settings don’t meet your organization’s 2-Step Verification policy.',
    de: 'Ihre Anmeldeeinstellungen entsprechen nicht den Richtlinien Ihrer Organisation für die Bestätigung in zwei Schritten.',
    ja: 'ログイン設定が組織の 2 段階認証プロセスのポリシーに準拠していません。',
    ar: 'لا تتوافق إعدادات تسجيل الدخول مع سياسة التحقق بخطوتين في مؤسستك.',
  },
  tooMany: {
    en: 'Too many failed attempts',
    de: 'Zu viele fehlgeschlagene Versuche',
    ja: '失敗した回数が多すぎます',
    ar: 'عدد كبير جدًا من المحاولات الفاشلة',
  },
  unknownUser: {
    en: 'Couldn’t find your Google Account',
    de: 'Ihr Google-Konto wurde nicht gefunden',
    ja: 'お客様の Google アカウントが見つかりませんでした',
    ar: 'تعذّر العثور على حسابك على Google',
  },
  wrongPassword: {
    en: 'Wrong password. Try again or click Forgot password to reset it.',
    de: 'Falsches Passwort. Versuchen Sie es noch einmal oder setzen Sie es zurück.',
    ja: 'パスワードが正しくありません。もう一度お試しください。',
    ar: 'كلمة المرور غير صحيحة. يُرجى إعادة المحاولة.',
  },
  wrongCode: {
    en: 'Wrong code. Try again.',
    de: 'Falscher Code. Versuchen Sie es noch einmal.',
    ja: 'コードが正しくありません。もう一度お試しください。',
    ar: 'الرمز غير صحيح. يُرجى إعادة المحاولة.',
  },
  wrongPhone: {
    en: 'This number doesn’t match the one on your account',
    de: 'Diese Nummer stimmt nicht mit der Nummer in Ihrem Konto überein',
    ja: 'この番号はアカウントに登録されている番号と一致しません',
    ar: 'لا يتطابق هذا الرقم مع الرقم المسجّل في حسابك',
  },
  timedOut: {
    en: 'The request timed out or was denied',
    de: 'Die Anfrage ist abgelaufen oder wurde abgelehnt',
    ja: 'リクエストがタイムアウトしたか、拒否されました',
    ar: 'انتهت مهلة الطلب أو تم رفضه',
  },
  readPicture: {
    en: 'Type the text you hear or see',
    de: 'Geben Sie den Text ein, den Sie hören oder sehen',
    ja: '聞こえた、または見えたテキストを入力してください',
    ar: 'اكتب النص الذي تسمعه أو تراه',
  },
  enterPicture: {
    en: 'Please enter the characters you see in the image above',
    de: 'Bitte geben Sie die Zeichen aus dem Bild oben ein',
    ja: '上の画像に表示されている文字を入力してください',
    ar: 'يُرجى إدخال الأحرف التي تظهر في الصورة أعلاه',
  },
  notConfigured: {
    en: 'Service is not configured for this user.',
    de: 'Der Dienst ist für diesen Nutzer nicht konfiguriert.',
    ja: 'このユーザーに対してサービスが構成されていません。',
    ar: 'لم يتم إعداد الخدمة لهذا المستخدم.',
  },
  notSaml: {
    en: 'The service is not a SAML app.',
    de: 'Der Dienst ist keine SAML-App.',
    ja: 'このサービスは SAML アプリではありません。',
    ar: 'الخدمة ليست تطبيق SAML.',
  },
  malformed: {
    en: 'The server cannot process the request because it is malformed.',
    de: 'Der Server kann die Anfrage nicht verarbeiten, da sie fehlerhaft ist.',
    ja: 'リクエストの形式が正しくないため、サーバーで処理できません。',
    ar: 'يتعذّر على الخادم معالجة الطلب لأنه غير صحيح.',
  },
  cookiesOff: {
    en: 'Turn cookies on or off. Your browser has cookies disabled.',
    de: 'In Ihrem Browser sind Cookies deaktiviert.',
    ja: 'お使いのブラウザでは Cookie が無効になっています。',
    ar: 'ملفات تعريف الارتباط غير مفعّلة في متصفّحك.',
  },
  admin: {
    en: 'Contact your administrator for help',
    de: 'Wenden Sie sich an Ihren Administrator',
    ja: '管理者にお問い合わせください',
    ar: 'يُرجى التواصل مع المشرف',
  },
} as const satisfies Record<string, Record<Language, string>>;

export type TextKey = keyof typeof TEXTS;

export function say(key: TextKey, language: Language): string {
  return TEXTS[key][language];
}

export function direction(language: Language): 'ltr' | 'rtl' {
  return language === 'ar' ? 'rtl' : 'ltr';
}
